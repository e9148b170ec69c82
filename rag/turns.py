"""Whose document is next: what is to be read goes before what is to be embedded, and owners take turns in both.

Reading takes seconds and embedding minutes, and a document that is read can be asked by its words.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from rag.document_work import Job


class Turns:
    """Not for several threads at once: whoever calls holds a lock."""

    def __init__(self) -> None:
        self._lines: tuple[_Line, _Line] = (_Line(), _Line())

    def add(self, job: Job) -> None:
        """After the owner's others."""
        self._line_of(job).add(job, is_first=False)

    def add_again(self, job: Job) -> None:
        """Before the owner's others: it was begun."""
        self._line_of(job).add(job, is_first=True)

    def take(self) -> Job | None:
        """The next job, None when there is none. Its owner is the last to have another turn."""
        return next((line.take() for line in self._lines if line), None)

    def remove(self, job: Job) -> None:
        """It may be in no line."""
        for line in self._lines:
            line.remove(job)

    def _line_of(self, job: Job) -> _Line:
        return self._lines[job.is_read]


class _Line:
    def __init__(self) -> None:
        self._jobs: OrderedDict[str, deque[Job]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def add(self, job: Job, *, is_first: bool) -> None:
        jobs = self._jobs.setdefault(job.owner, deque())
        if is_first:
            jobs.appendleft(job)
        else:
            jobs.append(job)

    def take(self) -> Job:
        owner, jobs = self._jobs.popitem(last=False)
        job = jobs.popleft()
        if jobs:
            self._jobs[owner] = jobs
        return job

    def remove(self, job: Job) -> None:
        jobs = self._jobs.get(job.owner)
        if jobs is not None and any(one is job for one in jobs):
            self._jobs[job.owner] = kept = deque(one for one in jobs if one is not job)
            if not kept:
                del self._jobs[job.owner]
