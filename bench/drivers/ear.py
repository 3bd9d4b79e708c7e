"""Making answers of the bytes that connections hear, and judging them: a byte-identical answer is judged only once."""

from collections.abc import Sequence
from typing import NamedTuple

from bench.drivers.question import Question
from bench.drivers.response import Answer, Reader

_LONGEST = 64 << 10
"""Answers of more bytes are not known again: to compare them costs more than to read them."""


class Heard(NamedTuple):
    """A whole answer: its fault if it has one, whether the connection may be used again, its bytes on the wire."""

    fault: str | None
    keep: bool
    size: int


class Ear:
    """The answers that are on their way, by descriptor, and the last right answer to each question."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = questions
        self._known: list[tuple[bytes, Heard] | None] = [None] * len(questions)
        self._begun: dict[int, bytes] = {}
        """What came so far of answers that begin like the last right one."""
        self._readers: dict[int, Reader] = {}
        """The readers of those that do not."""
        self.hopes: list[bytes | None] = [None] * len(questions)
        """The bytes that would be right again and let the connection live, question by question."""

    def understand(self, fd: int, number: int, data: bytes) -> Heard | None:
        """Take what came (nothing means the end); None until the answer is whole.

        Raises MalformedError, and ConnectionResetError for an end before the first byte.
        """
        known = self._known[number]
        if known and data and fd not in self._readers:
            said = self._begun.pop(fd, b"") + data
            if said == known[0]:
                return known[1]
            if known[0].startswith(said):
                self._begun[fd] = said
                return None
            data = said
        return self._read(fd, number, data)

    def _read(self, fd: int, number: int, data: bytes) -> Heard | None:
        question = self._questions[number]
        reader = self._readers.pop(fd, None) or Reader(question.bodiless, question.longest)
        answer = reader.feed(data) if data else self._end(fd, reader)
        if answer is None:
            self._readers[fd] = reader
            return None
        fault = question.fault(answer)
        heard = Heard(fault, answer.keep, answer.size)
        if fault is None and data and answer.size <= _LONGEST:
            self._learn(number, data if len(data) == answer.size else reader.raw, heard)
        return heard

    def _end(self, fd: int, reader: Reader) -> Answer:
        begun = self._begun.pop(fd, b"")
        if begun:
            reader.feed(begun)
        answer = reader.close()
        if answer is None:
            raise ConnectionResetError
        return answer

    def _learn(self, number: int, raw: bytes | None, heard: Heard) -> None:
        """Know a right answer by its bytes from now on; a part of them is never whole, as they are framed."""
        if raw is not None:
            self._known[number] = raw, heard
            self.hopes[number] = raw if heard.keep else None

    def forget(self, fd: int) -> bool:
        """Let go of what a lost connection had begun to say; whether it had."""
        begun = self._begun.pop(fd, None) is not None
        return self._readers.pop(fd, None) is not None or begun
