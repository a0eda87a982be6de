"""Small changes to Python code that a good test notices, each made in a copy of a module's syntax tree.

A comparison is turned round, ``and`` becomes ``or``, a ``not`` is dropped, a number is one higher, a truth is a lie, a
condition always holds or never, a statement is gone. Texts are left alone: a message that reads differently is no
defect of a check.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One change: the module's file, the line, what stood there and what does, and its number in the module."""

    path: str
    line: int
    before: str
    after: str
    number: int

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.path}:{self.line}: {self.before} -> {self.after}"


def changes(path: str, source: str) -> list[Change]:
    """Every change of a module."""
    found = [(node, variant) for node in _nodes(ast.parse(source)) for variant in _variants(node)]
    return [
        Change(path, node.lineno, _short(node), _short(variant), number) for number, (node, variant) in enumerate(found)
    ]


def changed(source: str, number: int) -> str:
    """The source of a module with the change of that number."""
    tree = ast.parse(source)
    found = [(node, variant) for node in _nodes(tree) for variant in _variants(node)]
    _replace(tree, *found[number])
    return _text(tree)


def _text(tree: ast.Module) -> str:
    return ast.unparse(ast.fix_missing_locations(tree))


def _short(node: ast.expr | ast.stmt) -> str:
    if isinstance(node, ast.If):
        node = ast.If(test=node.test, body=[ast.Expr(value=ast.Constant(value=...))], orelse=[])
    line = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return line if len(line) <= 100 else line[:97] + "..."


def _nodes(tree: ast.Module) -> Iterator[ast.expr | ast.stmt]:
    """What can be changed: what stands in functions (module level is names, patterns and registration)."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                if not isinstance(statement, ast.FunctionDef):
                    yield from _within(statement)


def _within(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    if isinstance(node, ast.FunctionDef | ast.JoinedStr | ast.arguments):
        return  # a function inside is met by itself; the holes of a message are the message's
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "quote":
        return  # how much of an image's text a message shows
    if isinstance(node, ast.expr | ast.stmt):
        yield node
    for name, child in ast.iter_fields(node):
        if name in {"annotation", "returns"}:
            continue
        for one in child if isinstance(child, list) else [child]:
            if isinstance(one, ast.AST):
                yield from _within(one)


def _variants(node: ast.expr | ast.stmt) -> list[ast.expr | ast.stmt]:
    match node:
        case ast.Compare(ops=[operator], left=left, comparators=comparators) if type(operator) in OPPOSITES:
            return [ast.Compare(left=left, ops=[OPPOSITES[type(operator)]()], comparators=comparators)]
        case ast.BoolOp(op=operator, values=values):
            return [ast.BoolOp(op=ast.And() if isinstance(operator, ast.Or) else ast.Or(), values=values)]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [operand]
        case ast.Constant(value=bool(value)):
            return [ast.Constant(value=not value)]
        case ast.Constant(value=int(value)):
            return [ast.Constant(value=value + 1)]
        case _:
            return _variants_of_statements(node)


def _variants_of_statements(node: ast.expr | ast.stmt) -> list[ast.expr | ast.stmt]:
    match node:
        case ast.If(body=body, orelse=otherwise):
            return [ast.If(test=ast.Constant(value=held), body=body, orelse=otherwise) for held in (True, False)]
        case ast.IfExp(body=body, orelse=otherwise):
            return [body, otherwise]
        case ast.Expr(value=ast.Yield() | ast.YieldFrom() as given):
            empty = ast.YieldFrom(value=ast.Tuple(elts=[], ctx=ast.Load()))
            return [] if ast.dump(given) == ast.dump(empty) else [ast.Expr(value=empty)]
        case ast.Expr(value=ast.Call()) | ast.Continue() | ast.Break() | ast.AugAssign():
            return [ast.Pass()]
        case ast.Return(value=ast.List(elts=[_, *_])):
            return [ast.Return(value=ast.List(elts=[], ctx=ast.Load()))]
        case _:
            return []


def _replace(tree: ast.Module, old: ast.AST, new: ast.AST) -> None:
    ast.copy_location(new, old)
    for parent in ast.walk(tree):
        for name, child in ast.iter_fields(parent):
            if child is old:
                setattr(parent, name, new)
                return
            if isinstance(child, list) and any(one is old for one in child):
                setattr(parent, name, [new if one is old else one for one in child])
                return
