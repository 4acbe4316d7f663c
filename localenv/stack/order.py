"""Topological order and cycles, for everything that has dependencies."""

from collections.abc import Hashable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from typing import TypeVar

T = TypeVar("T", bound=Hashable)

Graph = Mapping[T, Iterable[T]]  # each node with its dependencies


def sorter(graph: Graph[T]) -> "TopologicalSorter[T]":
    """A prepared sorter; raises CycleError. Dependencies that are not in the graph are ignored."""
    found = TopologicalSorter(_within(graph))
    found.prepare()
    return found


def in_order(graph: Graph[T]) -> list[T]:
    """Each node after its dependencies, otherwise in the order given; raises CycleError."""
    names, walk = list(graph), sorter(graph)
    place = {name: number for number, name in enumerate(names)}
    ready: list[int] = []
    found: list[T] = []
    while walk.is_active():
        for name in walk.get_ready():
            heappush(ready, place[name])
        found.append(names[heappop(ready)])
        walk.done(found[-1])
    return found


def ancestors(graph: Graph[T]) -> dict[T, frozenset[T]]:
    """All direct and indirect dependencies of each node; raises CycleError."""
    found: dict[T, frozenset[T]] = {}
    for name in in_order(graph):
        waits = [one for one in graph[name] if one in graph]
        found[name] = frozenset(waits).union(*(found[one] for one in waits))
    return found


def cycles(graph: Graph[T]) -> list[list[T]]:
    """One cycle for each set of nodes that depend on one another, closed: `[a, b, a]`, a waits for b."""
    found: list[list[T]] = []
    rest = {name: list(waits) for name, waits in _within(graph).items()}
    place = {name: number for number, name in enumerate(graph)}
    while circle := _cycle(rest):
        first = min(range(len(circle)), key=lambda number: place[circle[number]])
        found.append([*circle[first:], *circle[: first + 1]])
        rest = _within({name: waits for name, waits in rest.items() if name not in circle})
    return sorted(found, key=lambda circle: place[circle[0]])


def _cycle(graph: Graph[T]) -> list[T]:
    """One cycle, open; empty if there is none."""
    try:
        sorter(graph)
    except CycleError as error:
        forwards: list[T] = error.args[1]
        return forwards[:0:-1]
    return []


def _within(graph: Graph[T]) -> dict[T, list[T]]:
    return {name: [one for one in waits if one in graph] for name, waits in graph.items()}
