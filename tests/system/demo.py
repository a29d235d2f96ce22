#!/usr/bin/env python3
"""The demo as somebody at a terminal sees it: it stays usable until Ctrl-C, and whenever that comes, all is cleaned up."""
import glob
import os
import pty
import re
import select
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
failed = passed = 0


def check(name, holds, told=""):
    global failed, passed
    passed, failed = passed + bool(holds), failed + (not holds)
    print("ok   " if holds else "FAIL ", name, flush=True)
    if not holds and told:
        print("      " + told.replace("\n", "\n      "))


class Terminal:
    """A program with a terminal of its own."""

    def __init__(self, *command):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(command[0], command)

    def read_until(self, pattern, seconds):
        """The match, or None at the end of the program or of the time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = pattern and re.search(pattern, self.text)
            if found:
                return found
            if not select.select([self.fd], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # the program's end of it is closed
                return None
            self.text = re.sub(r"\r|\x1b\[\d*m", "", self.text + data.decode(errors="replace"))
        return None

    def press_ctrl_c(self):
        os.write(self.fd, b"\x03")

    def end(self, seconds):
        """The exit status; None if it had to be killed."""
        self.read_until(None, seconds)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        return None


def left_over(demo):
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split()
    made = set(re.findall(r"rw-[a-z2-7]{10}", demo.text))
    return [n for n in names if n.startswith("rope-") or n in made] + glob.glob("/tmp/rope.*")


def story(name, pattern, seconds, status, at=lambda terminal: None):
    demo = Terminal(os.path.join(ROOT, "tools", "demo"))
    check(f"{name}: it gets there", demo.read_until(pattern, seconds), demo.text[-1500:])
    at(demo)
    demo.press_ctrl_c()
    got = demo.end(30)
    check(f"{name}: Ctrl-C ends it", got == status, f"status {got}\n{demo.text[-500:]}")
    check(f"{name}: nothing is left", not left_over(demo), str(left_over(demo)))


def is_usable(demo):
    """What the demo says to type into another terminal."""
    lines = re.search(r"from another terminal:\n((?:  .*\n)+)", demo.text)
    lines = [line.strip() for line in lines.group(1).splitlines()] if lines else ["false"]
    lines[-1] = lines[-1].replace("ping ", "ping -c 2 -W 2 ")
    run = subprocess.run(["bash", "-e", "-c", "\n".join(lines)], capture_output=True, text=True)
    check("what it says to type works", run.returncode == 0 and run.stdout.count(" up\n") == 2, run.stdout + run.stderr)


story("in the middle", r"8\. B: a VPN", 60, 130)
story("at the end", r"Ctrl-C ends it all", 120, 0, is_usable)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
