# Gatehouse from source on Debian 12.
#
#   docker build -t gatehouse .
#   docker run -v ./gatehouse.toml:/etc/gatehouse/gatehouse.toml:ro -v gatehouse:/var/lib/gatehouse gatehouse

FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      g++ cmake ninja-build pkg-config \
      libboost1.81-dev libssl-dev libsimdjson-dev libspdlog-dev libfmt-dev libtomlplusplus-dev \
      libcli11-dev zlib1g-dev libzstd-dev libsqlite3-dev libsystemd-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN cmake --preset release -B /build -DGATEHOUSE_BUILD_TESTS=OFF \
 && cmake --build /build --target gatehouse \
 && install -D --strip /build/gatehouse /out/usr/local/bin/gatehouse

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates libfmt9 libsimdjson14 libspdlog1.10 libsqlite3-0 libssl3 libstdc++6 \
      libsystemd0 libtomlplusplus3 libzstd1 zlib1g \
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
# The port of admin.listen; it needs no authorization for /healthz.
ENV GATEHOUSE_ADMIN_PORT=8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$GATEHOUSE_ADMIN_PORT && printf 'GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -u 3 answer && [[ $answer == 'HTTP/1.1 200 '* ]]"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/gatehouse"]
CMD ["run", "--config", "/etc/gatehouse/gatehouse.toml"]
