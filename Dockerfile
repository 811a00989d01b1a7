# Gatehouse from source on Debian 12.
#
#   docker build -t gatehouse .
#   docker run --rm gatehouse --version
#
# README.md has the whole command to run it with a configuration. With podman and buildah, build with
# `--format docker`: their own format has no health check.

FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      g++ cmake ninja-build pkg-config \
      libboost1.81-dev libssl-dev libsimdjson-dev libspdlog-dev libfmt-dev libtomlplusplus-dev \
      libcli11-dev zlib1g-dev libzstd-dev libsqlite3-dev libsystemd-dev \
      libnats-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# What --version says; git is not in the context:  --build-arg COMMIT="$(git rev-parse --short HEAD)"
ARG COMMIT=unknown
RUN cmake --preset release -B /build -DGATEHOUSE_BUILD_TESTS=OFF -DGATEHOUSE_COMMIT="$COMMIT" \
 && cmake --build /build --target gatehouse \
 && install -D --strip /build/gatehouse /out/usr/local/bin/gatehouse

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="gatehouse" \
      org.opencontainers.image.description="Standalone Discord gateway proxy"
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates libfmt9 libnats3.4 libsimdjson14 libspdlog1.10 libsqlite3-0 libssl3 libstdc++6 \
      libsystemd0 libtomlplusplus3 libzstd1 tini zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 gatehouse \
 && useradd --uid 10001 --gid 10001 --home-dir /var/lib/gatehouse --no-create-home \
      --shell /usr/sbin/nologin gatehouse \
 && install -d -m 0700 -o gatehouse -g gatehouse /var/lib/gatehouse \
 && install -d /etc/gatehouse
COPY --from=build /out/ /
USER 10001:10001
# The default state.dir, "./state", is in here: sessions survive the container.
WORKDIR /var/lib/gatehouse
VOLUME /var/lib/gatehouse
# Where Docker has its secrets: the same token_file is right here and under systemd.
ENV CREDENTIALS_DIRECTORY=/run/secrets
# By the daemon's own configuration: whatever its admin port, with TLS or without.
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 \
  CMD ["/usr/local/bin/gatehouse", "health", "--config", "/etc/gatehouse/gatehouse.toml"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/gatehouse"]
CMD ["run", "--config", "/etc/gatehouse/gatehouse.toml"]
