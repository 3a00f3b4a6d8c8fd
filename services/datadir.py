"""The data folder: who may read it, the secret key, the one-time code, uploads and temporary files."""

import ctypes
import os
import secrets
import shutil
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from config import StartRefused
from services import lockfile

FOLDER_MODE = 0o700
FILE_MODE = 0o600
KEY_NAME = "secret.key"
CODE_NAME = "setup-code"
MAIL_PASSWORD_NAME = "mail-password"
KEY_BYTES = 32
LOW_SPACE = 200 * 1024 * 1024
PART = ".part"
BACKUP_LOCK = "backup.lock"
# Without it Windows would turn line feeds into two characters.
BINARY = getattr(os, "O_BINARY", 0)
# Letters and digits that nobody mistakes for one another when reading them off a console.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
NETWORK_TYPES = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "fuse.sshfs",
    "fuse.glusterfs",
}
MOUNTS = Path("/proc/self/mounts")
WINDOWS_REMOTE_DRIVE = 4


def prepare(data: Path) -> None:
    """Make the data folder, for this user alone; raises StartRefused when others may read it."""
    try:
        data.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if not any(data.iterdir()):
            data.chmod(FOLDER_MODE)
        _check_mode(data, FOLDER_MODE)
        for folder in (uploads(data), temp(data), made(data), exports(data), backups(data)):
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
            _check_mode(folder, FOLDER_MODE)
        if mail_password(data).exists():
            _check_mode(mail_password(data), FILE_MODE)
        # Also proves that the folder can be written, which its mode alone does not.
        new_file(temp(data)).unlink()
    except OSError as error:
        raise StartRefused(
            f"Carnet cannot write in the folder {data} ({error.strerror})."
            " Give its user the right to write there, or choose another folder with CARNET_DATA.",
            4,
        ) from error


def uploads(data: Path) -> Path:
    """Where uploaded files are kept."""
    return data / "uploads"


def temp(data: Path) -> Path:
    """Where files live for one request or one job; emptied at every start."""
    return data / "temp"


def made(data: Path) -> Path:
    """Where files that jobs made wait for a day to be taken away."""
    return data / "made"


def exports(data: Path) -> Path:
    """Where exports of personal data wait for a few days to be downloaded; in no backup."""
    return data / "exports"


def backups(data: Path) -> Path:
    """Where backups go unless another place is named."""
    return data / "backups"


def mail_password(data: Path) -> Path:
    """The file with the password of the mail server, for this user alone."""
    return data / MAIL_PASSWORD_NAME


def new_file(folder: Path, suffix: str = "") -> Path:
    """Make an empty file of this user alone, under a generated name."""
    path = folder / (secrets.token_hex(16) + suffix)
    create(path).close()
    return path


def create(path: Path) -> IO[bytes]:
    """Open a new file of this user alone, for writing and reading back; it must not exist."""
    return open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | BINARY, FILE_MODE), "w+b")


def remove(path: Path) -> None:
    """Remove a file, or a folder with everything in it."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def remove_leftovers(data: Path) -> None:
    """Remove what an interrupted run left: temporary files and unfinished backups."""
    for path in temp(data).iterdir():
        remove(path)
    # A backup that is being made at this moment holds the lock, and is not a leftover.
    with suppress(StartRefused), lockfile.held(backups(data) / BACKUP_LOCK):
        for path in backups(data).glob("*" + PART):
            path.unlink()


def secret_key(data: Path, preset: str = "") -> str:
    """The key that signs cookies and tokens: the preset one, or one made at the first start.

    Two first starts at the same moment get the same key, for only one of them can give the file its name.
    """
    if preset:
        return preset
    path = data / KEY_NAME
    if not path.exists():
        made = new_file(data, PART)
        _write(made, secrets.token_hex(KEY_BYTES))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    _check_mode(path, FILE_MODE)
    key = path.read_text("ascii").strip()
    if len(key) < KEY_BYTES:
        raise StartRefused(
            f"The file {path} is damaged. Put it back from a backup, or remove it:"
            " Carnet then makes a new key, and everybody signs in again.",
            4,
        )
    return key


def setup_code(data: Path, preset: str = "") -> str:
    """The one-time code that makes the first administrator; the same one until it was used."""
    path = data / CODE_NAME
    if preset or not path.exists():
        made = new_file(data, PART)
        groups = ("".join(secrets.choice(CODE_LETTERS) for _ in range(4)) for _ in range(4))
        _write(made, preset or "-".join(groups))
        made.replace(path)
    return path.read_text("utf-8").strip()


def forget_setup_code(data: Path) -> None:
    """The office is set up: the code is of no further use."""
    (data / CODE_NAME).unlink(missing_ok=True)


def marker(database: Path) -> Path:
    """The file that says: this database was here before, so its absence is a loss and not a first start."""
    return database.with_name(database.name + ".made")


def free_space(data: Path) -> int:
    """Bytes that can still be written in the data folder."""
    return shutil.disk_usage(data).free


def network_file_system(data: Path) -> str:
    """The kind of network drive that holds the folder, or the empty string when it is a local disk."""
    if sys.platform == "win32":
        remote = ctypes.windll.kernel32.GetDriveTypeW(data.anchor) == WINDOWS_REMOTE_DRIVE
        return "network drive" if remote or data.anchor.startswith("\\\\") else ""
    if not MOUNTS.exists():
        return ""
    kind, longest = "", -1
    for line in MOUNTS.read_text("utf-8", "surrogateescape").splitlines():
        _, point, mounted_kind = line.split(" ")[:3]
        point = point.replace("\\040", " ")
        if data.is_relative_to(point) and len(point) > longest:
            kind, longest = mounted_kind, len(point)
    return kind if kind in NETWORK_TYPES else ""


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power failure; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, content: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())


def _check_mode(path: Path, wanted: int) -> None:
    """Refuse what others may read; Windows keeps rights elsewhere."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name != "nt" and mode & 0o077:
        raise StartRefused(
            f"Other users of this machine may read {path} (mode {mode:04o})."
            f" Close it to them with: chmod {wanted:o} '{path}'",
            4,
        )
