"""The real binary as a test object: free ports, a directory of its own, its output, its end."""
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

BINARY = os.environ.get("TIDEMILL_BINARY") or str(
    pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "bin" / "tidemill")
# Sanitizers and a loaded machine are slow; nothing here waits this long when all is well.
PATIENCE_SECONDS = 60


def free_port():
    """A port that nobody listens on and that the system gives to no outgoing connection meanwhile."""
    first_outgoing = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(1000):
        port = random.randrange(10000, first_outgoing) if first_outgoing > 11000 else 0
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise AssertionError("no free port")


def clean_environment(**variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMILL_")}
    return {**kept, **variables}


def run(*words, cwd=None, **variables):
    """Runs the binary to its end."""
    return subprocess.run([BINARY, *words], cwd=cwd, env=clean_environment(**variables),
                          capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


class Broker:
    """One directory and two ports; may be started and stopped many times."""

    def __init__(self, *words, configuration=None, directory=None):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="tidemill-test-"))
        self.data = pathlib.Path(directory) if directory else self.home / "data"
        self.port, self.admin_port = free_port(), free_port()
        self.words = list(words)
        self.configuration = self.home / "tidemill.toml"
        if configuration is not None:
            self.configuration.write_text(configuration)
            self.words = ["--config", str(self.configuration), *self.words]
        self.process = None
        self.log_path = self.home / "broker.log"

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def command(self):
        return [BINARY, *self.words,
                "--set", f"broker.data_directory={self.data}",
                "--set", f"listener.0.address={self.address}",
                "--set", f"admin.address=127.0.0.1:{self.admin_port}"]

    def spawn(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log,
                                            env=clean_environment(), cwd=self.home)
        return self

    def start(self):
        self.spawn()
        self.wait_until(lambda: self.get("/readyz")[0] == 200, "the broker is ready")
        return self

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.01)  # the outside of a process can only be looked at again and again
        raise AssertionError(f"not so: {what}; status {self.process.poll()}, log:\n{self.log()}")

    def wait_for_log(self, text):
        self.wait_until(lambda: text in self.log(), f"the log says {text!r}")

    def get(self, path, method="GET", body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin_port}{path}", method=method,
                                         data=None if body is None else body.encode())
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """Sends the signal and returns the exit status."""
        self.send(number)
        return self.process.wait(PATIENCE_SECONDS)

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def kcat(broker, *words, data=None):
    """Runs kcat against the broker; returns what it printed."""
    done = subprocess.run(["kcat", "-b", broker.address, *words], input=data, capture_output=True,
                          timeout=PATIENCE_SECONDS, check=False)
    if done.returncode != 0:
        raise AssertionError(f"kcat {words}: {done.returncode}: {done.stderr.decode()}\n{broker.log()}")
    return done.stdout
