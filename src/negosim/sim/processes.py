"""Work spread over processes: the same results in the same order, however many processes there are."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Generic, TypeVar

from negosim.errors import NegosimError

Context = TypeVar("Context")
Task = TypeVar("Task")
Result = TypeVar("Result")
Tell = Callable[[str, int, int], None]
"""Hears what is being done, how many tasks of it are done, and how many there are."""


def cores() -> int:
    """Return how many processors this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def silent(what: str, done: int, total: int) -> None:
    """Hear of progress and say nothing."""


class Processes(Generic[Context]):
    """Processes that share a context; with one worker everything happens in this process.

    Parameters
    ----------
    context : object
        What all tasks need. It is pickled once for each process, so it should leave out what can be worked out again.
    workers : int
        Number of processes.

    Examples
    --------
    >>> with Processes(10, workers=1) as processes:
    ...     processes.each("adding", lambda ten, task: ten + task, [1, 2, 3], silent)
    [11, 12, 13]
    """

    def __init__(self, context: Context, workers: int) -> None:
        self.context = context
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._others: set[int | None] = set()

    def __enter__(self) -> Processes[Context]:
        if self.workers > 1:
            self._others = {child.pid for child in multiprocessing.active_children()}
            self._pool = ProcessPoolExecutor(
                self.workers, multiprocessing.get_context("spawn"), _begin, (self.context,)
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is None:
            return
        self._pool.shutdown(wait=kind is None, cancel_futures=True)
        if kind is not None:  # nobody waits for what is still being worked out
            for child in multiprocessing.active_children():
                if child.pid not in self._others:
                    child.terminate()

    def each(
        self, what: str, work: Callable[[Context, Task], Result], tasks: Sequence[Task], tell: Tell
    ) -> list[Result]:
        """Return the result of each task, in the order of the tasks.

        Parameters
        ----------
        what : str
            What is being done, for `tell`.
        work : callable
            A function of the context and a task, defined at the top of a module.
        tasks : sequence
        tell : callable
            Called after each task.
        """
        if self._pool is None:
            results = []
            for task in tasks:
                results.append(work(self.context, task))
                tell(what, len(results), len(tasks))
            return results
        try:
            with _no_interruption():
                futures = [self._pool.submit(_do, work, task) for task in tasks]
            for done, future in enumerate(as_completed(futures), 1):
                future.result()
                tell(what, done, len(tasks))
            return [future.result() for future in futures]
        except BrokenProcessPool:
            raise NegosimError(
                "a process ended before its work was done, perhaps for want of memory; try --workers 1"
            ) from None


_CONTEXT: list[Any] = []


def _begin(context: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _CONTEXT[:] = [context]


def _do(work: Callable[[Any, Any], Any], task: object) -> Any:
    return work(_CONTEXT[0], task)


@contextmanager
def _no_interruption() -> Iterator[None]:
    """Let processes start deaf to Ctrl-C: it is meant for this one, which ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
