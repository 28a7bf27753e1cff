"""Objects built once, and the bounded pool behind coroutines."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from atom_zendesk_plugin.once import Once
from atom_zendesk_plugin.workers import TooBusy, Workers


def test_many_threads_build_one_object() -> None:
    built: list[object] = []
    together = threading.Barrier(20)

    def build() -> object:
        built.append(object())
        return built[-1]

    once, seen = Once(build), []

    def ask() -> None:
        together.wait()
        seen.append(once.get())

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert set(map(id, seen)) == {id(built[0])}


def test_a_failed_build_is_tried_again() -> None:
    tries: list[str] = []

    def build() -> str:
        tries.append("built")
        if len(tries) == 1:
            raise ValueError("not yet")
        return tries[-1]

    once = Once(build)
    with pytest.raises(ValueError, match="not yet"):
        once.get()
    assert (once.peek(), once.get(), once.peek()) == (None, "built", "built")


def test_what_is_taken_is_built_again() -> None:
    once: Once[object] = Once(object)
    first = once.get()
    assert once.take() is first
    assert once.take() is None
    assert once.get() is not first


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_builds_its_own() -> None:
    once = Once(os.getpid)
    once.get()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"own" if once.peek() is None and once.get() == os.getpid() else b"the parent's")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 20) == b"own"
    os.close(reading)
    os.close(writing)


def test_workers_pass_on_results_and_errors_and_refuse_the_surplus() -> None:
    async def story() -> None:
        workers, hold = Workers(threads=1, waiting=1), threading.Event()

        def held() -> str:
            assert hold.wait(10)
            return "done"

        first, second = asyncio.ensure_future(workers.run(held)), asyncio.ensure_future(workers.run(held))
        await asyncio.sleep(0)
        with pytest.raises(TooBusy):
            await workers.run(held)
        hold.set()
        assert list(await asyncio.gather(first, second)) == ["done", "done"]
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 // 0)
        assert await workers.run(lambda: 7) == 7
        workers.close()
        assert await workers.run(lambda: 8) == 8
        workers.close()

    asyncio.run(story())


def test_no_thread_is_started_before_the_first_call() -> None:
    before = threading.active_count()
    Workers().close()
    assert threading.active_count() == before
