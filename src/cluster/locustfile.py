"""Locust's side of a vitest-perf cluster: hands messages on between the pool (Vitest) and the workers.

    locust --master -f locustfile.py

Works with Locust 2.12 and later, also on a master that runs already. It reads no load and knows no secret: what makes
a load is sealed between pool and worker. See docs/cluster.md.
"""
import functools
import logging
import os
import signal
import time

import gevent
import zmq
from gevent.lock import BoundedSemaphore
from locust import User, __version__, constant, events, task
from locust.runners import MasterRunner

PROTOCOL = 1
CONTROL = "vitest_perf_control"
CLUSTER = "vitest_perf_cluster"
COMMAND = "vitest_perf_command"
REPORT = "vitest_perf_report"
HELLO = "vitest_perf_hello"
REFUSED = "vitest_perf_refused"

POOL_SILENT_S = 5
WAITING_REPORTS = 100_000
# Process that this master was started by and must not outlive; none for a master of its own.
PARENT = int(os.environ.get("VITEST_PERF_PARENT", "0"))


class Lane(User):
    """A part of a load, which a Node worker carries. On a Python worker it idles."""

    wait_time = constant(1)

    @task
    def idle(self):
        pass


class Relay:
    def __init__(self, runner):
        self.runner = runner
        self.pools = {}  # node id -> when it said join
        self.hellos = {}  # node id of a worker -> what it said of itself
        self.starter = None  # node id of the pool whose load Locust shows as a test
        self.turn = BoundedSemaphore(1)
        self.is_told_soon = False
        # A pool that pauses for seconds would lose reports: beyond 1,000 waiting ones ZeroMQ drops without a word.
        runner.server.socket.setsockopt(zmq.SNDHWM, WAITING_REPORTS)
        for message, listener in {
            CONTROL: self.on_control,
            COMMAND: self.on_relayed,
            REPORT: self.on_relayed,
            REFUSED: self.on_relayed,
            HELLO: self.on_hello,
        }.items():
            runner.register_message(message, survived(listener))
        gevent.spawn(self.tick_forever)

    def on_control(self, msg):
        what = msg.data["do"]
        if what == "join":
            is_new = msg.node_id not in self.pools
            self.pools[msg.node_id] = time.monotonic()
            if is_new:
                self.tell_pools()
        elif what == "start":
            self.starter = msg.node_id
            users = max(1, int(msg.data["users"]))
            gevent.spawn(self.in_turn, lambda: self.runner.start(users, spawn_rate=users))
        elif what in ("stop", "leave"):
            self.stop_for(msg.node_id)
            if what == "leave":
                self.pools.pop(msg.node_id, None)

    def on_relayed(self, msg):
        data = {key: value for key, value in msg.data.items() if key != "to"}
        self.runner.send_message(msg.type, {**data, "from": msg.node_id}, client_id=msg.data["to"])

    def on_hello(self, msg):
        self.hellos[msg.node_id] = msg.data
        # Of a thousand workers that come at once not each is told to the pools in a list of its own.
        if not self.is_told_soon:
            self.is_told_soon = True
            gevent.spawn_later(0.1, survived(self.tell_pools))

    def stop_for(self, pool):
        if self.starter == pool:
            self.starter = None
            gevent.spawn(self.in_turn, self.runner.stop)

    def in_turn(self, change):
        with self.turn:
            survived(change)()

    def tell_pools(self):
        self.is_told_soon = False
        clients = dict(self.runner.clients)
        self.hellos = {node: hello for node, hello in self.hellos.items() if node in clients}
        workers = [
            {"id": node, "state": client.state, "users": client.user_count, "hello": self.hellos.get(node)}
            for node, client in clients.items()
        ]
        # Debian's package does not know its version.
        locust = __version__ or None
        state = {"protocol": PROTOCOL, "locust": locust, "state": self.runner.state, "workers": workers}
        for pool in list(self.pools):
            self.runner.send_message(CLUSTER, state, client_id=pool)

    def tick_forever(self):
        while True:
            gevent.sleep(1)
            survived(self.tick)()

    def tick(self):
        if PARENT and os.getppid() != PARENT:
            os.kill(os.getpid(), signal.SIGTERM)
        now = time.monotonic()
        for pool, joined in list(self.pools.items()):
            if now - joined > POOL_SILENT_S:
                logging.warning("vitest-perf: %s is gone", pool)
                del self.pools[pool]
                self.stop_for(pool)
        self.tell_pools()


def survived(work):
    """What a strange message does to us must not end Locust's listener."""

    @functools.wraps(work)
    def guarded(msg=None, **_kwargs):
        try:
            work(*([] if msg is None else [msg]))
        except Exception as error:
            logging.warning("vitest-perf: a message could not be handled: %r", error)

    return guarded


@events.init.add_listener
def on_init(environment, **_kwargs):
    if isinstance(environment.runner, MasterRunner):
        Relay(environment.runner)
