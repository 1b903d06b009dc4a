"""What an image is made of, as a bill of materials in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/).

Debian's packages are those of the image's own dpkg: its status file, or status.d of an image that has no dpkg, where
each package whose files were copied has its entry. Kinglet's program is a component of its own, by its hash. The same
image gives the same bytes: the time is the image's, the serial number is made of its id.
"""

import hashlib
import io
import json
import re
import subprocess
import tarfile
import urllib.parse
import uuid

NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # RFC 4122, appendix C: of URLs
PROGRAM = "/usr/local/bin/kinglet"


class Refused(Exception):
    """The text says what is wrong."""


def docker(*args):
    try:
        done = subprocess.run(["docker", *args], capture_output=True, check=False)
    except FileNotFoundError as error:
        raise Refused("there is no docker command") from error
    if done.returncode:
        raise Refused(f"docker {' '.join(args)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def paragraphs(text):
    """dpkg's status as dictionaries; a value has its first line alone."""
    for block in re.split(r"\n\n+", text.strip()):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if re.match(r"[A-Za-z-]+: ", line))
        if fields:
            yield fields


class Image:
    """One image of the engine: its metadata and files, through a container that is never started."""

    def __init__(self, name):
        self.name = name
        self.about = json.loads(docker("image", "inspect", name))[0]
        self.container = docker("create", name).decode().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        docker("rm", "--volumes", self.container)

    def files(self, path):
        """{name: bytes} below a path of the image; empty where it isn't there."""
        try:
            tar = tarfile.open(fileobj=io.BytesIO(docker("cp", f"{self.container}:{path}", "-")))
        except Refused:
            return {}
        return {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}

    def packages(self):
        """The installed packages, each a dictionary of dpkg's fields, by name."""
        dpkg = self.files("/var/lib/dpkg/status")
        texts = list((dpkg or self.files("/var/lib/dpkg/status.d")).values())
        found = {}
        for fields in paragraphs("\n\n".join(text.decode() for text in texts)):
            if fields.get("Status", "").endswith(" installed"):
                found[fields["Package"]] = fields
        if not found:
            raise Refused(f"{self.name}: no package is known in it: not one of ours?")
        return found


def source_of(fields):
    """(name, version) of the source package: Debian's advisories go by it."""
    match = re.fullmatch(r"(\S+)(?: \((.+)\))?", fields.get("Source", fields["Package"]))
    return match.group(1), match.group(2) or fields["Version"]


def purl(fields):
    version = urllib.parse.quote(fields["Version"], safe="~.")
    return (f"pkg:deb/debian/{urllib.parse.quote(fields['Package'], safe='')}@{version}"
            f"?arch={fields['Architecture']}&distro=debian-12")


def component(fields):
    name, version = source_of(fields)
    return {
        "type": "library", "bom-ref": purl(fields), "name": fields["Package"], "version": fields["Version"],
        "purl": purl(fields),
        "properties": [{"name": "debian:source", "value": name}, {"name": "debian:source-version", "value": version},
                       {"name": "debian:architecture", "value": fields["Architecture"]}],
    }


def depends(fields, packages):
    """References to what it depends on, as far as that is in the image."""
    wanted = re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]*)",
                        ", ".join(fields.get(name, "") for name in ("Pre-Depends", "Depends")))
    return sorted({purl(packages[name]) for name in wanted if name in packages})


def program(image, version, commit):
    """Kinglet itself as a component, where it is in the image."""
    content = list(image.files(PROGRAM).values())
    if not content:
        return []
    reference = f"pkg:generic/kinglet@{urllib.parse.quote(version, safe='')}"
    return [{
        "type": "application", "bom-ref": reference, "name": "kinglet", "version": version, "purl": reference,
        "licenses": [{"license": {"id": "MIT"}}],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content[0]).hexdigest()}],
        "properties": [{"name": "kinglet:commit", "value": commit}],
    }]


def bill_of(image, packages):
    """The document, as a dictionary."""
    labels = image.about["Config"].get("Labels") or {}
    version = labels.get("org.opencontainers.image.version", "unknown")
    ours = program(image, version, labels.get("org.opencontainers.image.revision", "unknown"))
    listed = [component(packages[name]) for name in sorted(packages)]
    reference = f"image:{image.name}"
    links = [{"ref": reference, "dependsOn": sorted(one["bom-ref"] for one in ours + listed)}]
    links += [{"ref": purl(packages[name]), "dependsOn": depends(packages[name], packages)}
              for name in sorted(packages)]
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, image.about['Id'])}", "version": 1,
        "metadata": {
            "component": {
                "type": "container", "bom-ref": reference, "name": image.name.rsplit(":", 1)[0], "version": version,
                "properties": [{"name": "oci:image-id", "value": image.about["Id"]}],
            },
        },
        "components": ours + listed,
        "dependencies": links,
    }
    if labels.get("org.opencontainers.image.created"):
        bill["metadata"]["timestamp"] = labels["org.opencontainers.image.created"]
    return bill
