"""`python app.py`, as an office runs it: starts, second starts, kills and stops (Q1, R-DUR-3, R-DUR-7)."""

import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config import HOME

if sys.platform == "win32":
    pytest.skip("Windows has no SIGTERM to send", allow_module_level=True)


@dataclass
class Server:
    """A running Carnet: the process, its port, and what it said when it started."""

    process: "subprocess.Popen[str]"
    port: int
    said: str

    def get(self, path: str, host: str = "localhost") -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


Start = Callable[[], Server]


def launch(data: Path, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "app.py", "--data", str(data), "--host", "127.0.0.1", "--port", "0", *options],
        cwd=HOME,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "instance"


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    """Starts Carnet and waits until it says that it runs."""
    processes: list[subprocess.Popen[str]] = []

    def run() -> Server:
        process = launch(data)
        processes.append(process)
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Stop with" in line:
                found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
                assert found is not None
                return Server(process, int(found[1]), said)
        raise AssertionError(process.communicate()[1])

    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


def refused(data: Path) -> tuple[int, str]:
    """Exit code and sentence of a start that is refused."""
    process = launch(data)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def test_a_first_start_shows_the_one_time_code_and_is_light(start: Start, data: Path) -> None:
    """Q1, R-AUTH-1: under 140 MB of memory."""
    server = start()
    assert server.get("/healthz").status == 200
    answer = server.get("/contacts")
    assert (answer.status, answer.getheader("Location")) == (302, "/setup")
    code = (data / "setup-code").read_text().strip()
    assert code in server.said
    if (status := Path(f"/proc/{server.process.pid}/status")).exists():
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
        assert found is not None
        assert int(found[1]) < 140 * 1024


def test_a_foreign_host_name_is_refused(start: Start) -> None:
    """R-WEB-7"""
    assert start().get("/static/carnet.css", host="evil.example").status == 400


def test_a_second_start_ends_with_3_and_the_first_goes_on(start: Start, data: Path) -> None:
    """R-DUR-3"""
    server = start()
    code, said = refused(data)
    assert code == 3
    assert "already running" in said
    assert "Traceback" not in said
    assert server.get("/healthz").status == 200


def test_a_start_after_a_kill_needs_no_help(start: Start) -> None:
    """R-DUR-3: a stale lock is no obstacle."""
    start().end(signal.SIGKILL)
    assert start().get("/healthz").status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_asked_to_stop_ends_with_0_and_leaves_one_whole_file(
    start: Start, data: Path, number: int
) -> None:
    """R-DUR-7"""
    server = start()
    server.get("/setup")
    assert server.end(number) == 0
    assert not (data / "carnet.db-wal").exists()


def test_a_database_deleted_under_the_server_is_503_and_never_an_empty_one(start: Start, data: Path) -> None:
    """R-DUR-6"""
    server = start()
    server.get("/setup")
    (data / "carnet.db").unlink()
    answer = server.get("/contacts")
    assert answer.status == 503
    assert answer.getheader("Retry-After")
    assert not (data / "carnet.db").exists()
    server.end(signal.SIGTERM)
    code, said = refused(data)
    assert code == 4
    assert "is missing" in said


def test_a_wrong_setting_ends_with_2_and_a_sentence(tmp_path: Path) -> None:
    process = launch(tmp_path, "--idle", "5")
    assert (
        process.communicate(timeout=60)[1] == "CARNET_IDLE must be a whole number from 15 to 720, not “5”.\n"
    )
    assert process.returncode == 2


def test_no_log_line_of_a_start_and_a_stop_holds_more_than_facts(start: Start) -> None:
    """R-LOG-1: each line begins with the time and the level, and no query string is in any."""
    server = start()
    server.get("/login?next=/planted&email=planted@example.com")
    server.get("/planted/planted%0aadmin")
    server.end(signal.SIGTERM)
    assert server.process.stderr is not None
    lines = server.process.stderr.read().splitlines()
    assert lines
    assert "planted" not in "".join(lines)
    assert all(re.match(r"\d{4}-\d\d-\d\dT[\d:.]{12}Z (INFO|WARNING) ", line) for line in lines)
