"""Certificates for one test, made by the openssl command."""

import subprocess
from pathlib import Path


def openssl(*arguments: str, given: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout


class Authority:
    """Signs certificates; its own is `ca`."""

    def __init__(self, folder: Path, name: str = "ca"):
        self.folder = folder
        self.ca = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", str(self._key), "-out", str(self.ca), "-days", "2",
                "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name: str, host: str = "IP:127.0.0.1", begin: str = "", end: str = "",
              usage: str = "serverAuth,clientAuth") -> tuple[Path, Path]:
        """A certificate and its key; `begin` and `end` as YYYYMMDDHHMMSSZ."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", str(key), "-out", str(request), "-subj", f"/CN={name}")
        extensions.write_text(f"subjectAltName={host}\nextendedKeyUsage={usage}\n"
                              "basicConstraints=critical,CA:FALSE\n")
        database = self.folder / f"{name}.ca"
        database.mkdir()
        (database / "index.txt").touch()
        (database / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=this\n[this]\ndatabase={database}/index.txt\n"
            f"new_certs_dir={database}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n"
            "unique_subject=no\n[any]\ncommonName=supplied\n")
        times = (["-startdate", begin] if begin else []) + (
            ["-enddate", end] if end else ["-days", "1"])
        openssl("ca", "-batch", "-notext", "-config", str(database / "ca.cnf"), "-cert",
                str(self.ca), "-keyfile", str(self._key), "-in", str(request), "-out",
                str(certificate), "-extfile", str(extensions), *times)
        return certificate, key
