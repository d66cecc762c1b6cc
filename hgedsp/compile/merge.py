"""Merge: the steps of a feedback loop as one function, ordered by what is known when.

In a loop, each sample waits for the one before, and what it waits for runs through a chain of
steps. The value that comes last (an error, say) passes most of them as a straight line,
y = c + e x, where c and e follow from states and coefficients and are known before x. Written out
step by step, x goes through every operation of every step; with c and e worked out beforehand it
goes through one multiply-add. A filter of fourth order then takes no longer than one of first
order.

The steps are put one after the other as straight text (`rewrite.Straightener`), each value is kept
as a sum of products with late values as long as it is one, and only what has to be a number is
made one. This regroups sums, so results differ from those of the single steps by rounding; they do
not depend on what else is recorded.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hgedsp.compile.step_text import FIRST_LANES, MULTIPLY_ADD, call


@dataclass(frozen=True)
class Part:
    """One step in straight text, and what its arguments and results are called around it.

    Attributes
    ----------
    tree : ast.FunctionDef
        Assignments, branches on common numbers, and one return.
    arguments : tuple of str
        What each argument is: a name, or any other expression of the kernel.
    results : tuple of str
        A name for each result. A name that was given before now means the new value.
    adds : bool
        Whether the one result is added to what its name meant before.
    lanes : int
        Of a term of a sum, the lanes that count: the others are made zero. 0 where all count.
    """

    tree: ast.FunctionDef
    arguments: tuple[str, ...]
    results: tuple[str, ...]
    adds: bool = False
    lanes: int = 0


@dataclass(frozen=True)
class Merged:
    """The text of a merged function, and what it takes and gives in terms of the kernel."""

    tree: ast.FunctionDef
    arguments: tuple[str, ...]
    results: tuple[str, ...]


@dataclass(frozen=True)
class _Term:
    """A product with one late value: constant * early * late; None for 1.

    With `square`, what stands in the place of the early factor is late, too.
    """

    constant: ast.expr | None
    early: ast.expr | None
    late: ast.expr
    square: bool = False


@dataclass(frozen=True)
class _Value:
    """A number: `known` before the late values, plus terms with them.

    Without terms it is early, or constant for the whole chunk. The known part is to be multiplied
    by `scale`, if there is one: factors that are constant are gathered there, to be multiplied
    with each other once per chunk.
    """

    known: ast.expr | None
    terms: tuple[_Term, ...] = ()
    constant: bool = False
    scale: ast.expr | None = None

    @property
    def is_late(self) -> bool:
        return bool(self.terms)

    @property
    def early(self) -> ast.expr | None:
        """The whole known part."""
        return _both(self.scale, self.known)


def merge(
    name: str,
    parts: list[Part],
    *,
    late: frozenset[str],
    constant: frozenset[str],
    wanted: Mapping[str, bool],
    shorten: bool,
    wide: frozenset[str] = frozenset(),
) -> Merged:
    """Put steps together.

    Parameters
    ----------
    late : frozenset of str
        Arguments that come last in a tick.
    constant : frozenset of str
        Arguments that do not change during a chunk.
    wanted : mapping of str to bool
        Results that have to be numbers in the end, and whether they were so without any record
        of theirs: those alone may decide how anything is computed.
    wide : frozenset of str
        Arguments that are a number per lane.
    shorten : bool
        Keep the way of late values short at the price of more operations. Without, a result that
        has to be a number anyway is what later steps start from.
    """
    merger = _Merger(parts, late, constant, wanted, shorten, wide)
    return merger.run(name)


@dataclass
class _Merger:
    parts: list[Part]
    late: frozenset[str]
    constant: frozenset[str]
    wanted: Mapping[str, bool]
    shorten: bool
    wide: frozenset[str] = frozenset()
    registers: set[str] = field(default_factory=set)  # our names that hold a number per lane
    arguments: dict[str, str] = field(default_factory=dict)  # kernel's expression -> our name
    fresh: Counter[str] = field(default_factory=Counter)

    def run(self, name: str) -> Merged:
        outside: dict[str, _Value] = {}
        body: list[ast.stmt] = []
        last_given = {result: i for i, part in enumerate(self.parts) for result in part.results}
        uses = Counter(argument for part in self.parts for argument in part.arguments)
        for number, part in enumerate(self.parts):
            inside = {
                argument.arg: self.argument(expression, outside)
                for argument, expression in zip(part.tree.args.args, part.arguments, strict=True)
            }
            values = self.block(part.tree.body, inside, body)
            assert values is not None, "straight text ends in a return"
            if part.adds:
                (total,) = part.results
                values = [self.sum(self.argument(total, outside), values[0])]
            if part.lanes:
                values = [self.blanked(values[0], part.lanes)]
            for result, value in zip(part.results, values, strict=True):
                is_cut = last_given[result] == number and self.is_cut(result)
                if is_cut or uses[result] > 1:
                    value = self.settled(value, is_cut, result, body)
                outside[result] = value
        results = tuple(outside)
        kept = tuple(result for result in results if result in self.wanted)
        final: list[ast.expr] = [self.number(outside[result]) for result in kept]
        body.append(ast.Return(ast.Tuple(final, ast.Load()) if len(final) > 1 else final[0]))
        tree = ast.FunctionDef(
            name,
            ast.arguments(
                posonlyargs=[],
                args=[ast.arg(mine) for mine in self.arguments.values()],
                kwonlyargs=[],
                kw_defaults=[],
                defaults=[],
            ),
            body,
            [],
        )
        if hasattr(tree, "type_params"):
            tree.type_params = []
        return Merged(ast.fix_missing_locations(tree), tuple(self.arguments), kept)

    # Names --------------------------------------------------------------------------------------

    def argument(self, expression: str, outside: Mapping[str, _Value]) -> _Value:
        if expression in outside:
            return outside[expression]
        if expression not in self.arguments:
            plain = expression if expression.isidentifier() else "given"
            self.arguments[expression] = self.new(plain)
            if expression in self.wide:
                self.registers.add(self.arguments[expression])
        name = _load(self.arguments[expression])
        if expression in self.late:
            return _Value(None, (_Term(None, None, name),))
        is_number = not expression.isidentifier() and _is_number(expression)
        return _Value(name, constant=is_number or expression in self.constant)

    def new(self, base: str) -> str:
        self.fresh[base] += 1
        return base if self.fresh[base] == 1 else f"{base}__{self.fresh[base]}"

    def is_cut(self, result: str) -> bool:
        return self.wanted.get(result, False)

    def bound(self, base: str, node: ast.expr, out: list[ast.stmt]) -> ast.expr:
        """Give an expression a name, so that it is worked out once."""
        if isinstance(node, (ast.Name, ast.Constant)):
            return node
        name = self.new(base)
        if self.is_wide(node):
            self.registers.add(name)
        out.append(ast.Assign([ast.Name(name, ast.Store())], node))
        return _load(name)

    def is_wide(self, node: ast.expr) -> bool:
        """Whether an expression is a number per lane, not one for all."""
        return any(isinstance(n, ast.Name) and n.id in self.registers for n in ast.walk(node))

    def settled(self, value: _Value, is_cut: bool, base: str, out: list[ast.stmt]) -> _Value:
        """A result of a step, of which others may make several uses."""
        if not value.is_late:
            assert value.known is not None, "a number that is no sum is known"
            return replace(value, known=self.bound(base, value.known, out))
        if not self.shorten and (is_cut or not _is_bare(value)):
            name = self.bound(base, self.number(value), out)
            return _Value(None, (_Term(None, None, name),))
        if _is_bare(value):
            return value
        known = value.known and self.bound(f"{base}_known", value.known, out)
        scale = value.scale and self.bound(f"{base}_scale", value.scale, out)
        terms = tuple(
            replace(
                term,
                early=term.early and self.bound(f"{base}_early", term.early, out),
                constant=term.constant and self.bound(f"{base}_constant", term.constant, out),
                late=self.bound(f"{base}_late", term.late, out),
            )
            for term in value.terms
        )
        return _Value(known, terms, scale=scale)

    # Statements ---------------------------------------------------------------------------------

    def block(
        self, statements: list[ast.stmt], inside: dict[str, _Value], out: list[ast.stmt]
    ) -> list[_Value] | None:
        uses = Counter(
            node.id
            for statement in statements
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        )
        for statement in statements:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    made = self.value(value, inside)
                    inside[name] = self.settled(made, False, name, out) if uses[name] > 1 else made
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
                    self.several(targets, value, inside, out)
                case ast.If(test=test, body=yes, orelse=no):
                    self.branch(self.number(self.value(test, inside)), yes, no, inside, out)
                case ast.Return(value=ast.Tuple(elts=parts)):
                    return [self.value(part, inside) for part in parts]
                case ast.Return(value=ast.expr() as value):
                    return [self.value(value, inside)]
                case ast.Pass():
                    continue
                case _:
                    raise AssertionError(f"straight text has no {ast.dump(statement)}")
        return None

    def several(
        self,
        targets: list[ast.expr],
        value: ast.expr,
        inside: dict[str, _Value],
        out: list[ast.stmt],
    ) -> None:
        """A helper that returns more than one number."""
        made = self.value(value, inside)
        given = [target.id for target in targets if isinstance(target, ast.Name)]
        names = [self.new(name) for name in given]
        stored: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
        out.append(ast.Assign([ast.Tuple(stored, ast.Store())], self.number(made)))
        for name, mine in zip(given, names, strict=True):
            inside[name] = self.atom(_load(mine), made)

    def branch(
        self,
        test: ast.expr,
        yes: list[ast.stmt],
        no: list[ast.stmt],
        inside: dict[str, _Value],
        out: list[ast.stmt],
    ) -> None:
        sides: list[tuple[dict[str, _Value], list[ast.stmt]]] = []
        for statements in (yes, no):
            seen, text = dict(inside), list[ast.stmt]()
            self.block(statements, seen, text)
            sides.append((seen, text))
        changed = [
            name
            for name in {**sides[0][0], **sides[1][0]}
            if any(seen.get(name) is not inside.get(name) for seen, _ in sides)
        ]
        for name in changed:
            held = [seen[name] for seen, _ in sides if name in seen]
            mine = self.new(name)
            for seen, text in sides:
                if name in seen:
                    target = ast.Name(mine, ast.Store())
                    text.append(ast.Assign([target], self.number(seen[name])))
            latest = next((value for value in held if value.is_late), held[0])
            inside[name] = self.atom(_load(mine), replace(latest, constant=False))
        if changed:
            out.append(ast.If(test, sides[0][1] or [ast.Pass()], sides[1][1]))

    # Expressions --------------------------------------------------------------------------------

    def value(self, node: ast.expr, inside: Mapping[str, _Value]) -> _Value:
        match node:
            case ast.Name(id=name):
                return inside.get(name) or _Value(node, constant=True)
            case ast.Constant():
                return _Value(node, constant=True)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                other = self.value(right, inside)
                other = _negative(other) if isinstance(op, ast.Sub) else other
                return self.sum(self.value(left, inside), other)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return self.product(self.value(left, inside), self.value(right, inside))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _negative(self.value(operand, inside))
            case ast.Attribute():
                return _Value(node, constant=True)
        return self.other(node, inside)

    def other(self, node: ast.expr, inside: Mapping[str, _Value]) -> _Value:
        """Anything but sums and products: numbers go in, and a number comes out."""
        parts: list[_Value] = []

        def enter(part: ast.expr) -> ast.expr:
            parts.append(self.value(part, inside))
            return self.number(parts[-1])

        match node:
            case ast.BinOp(left=left, op=op, right=right):
                made: ast.expr = ast.BinOp(enter(left), op, enter(right))
            case ast.Compare(left=left, ops=ops, comparators=others):
                made = ast.Compare(enter(left), ops, [enter(part) for part in others])
            case ast.Call(func=function, args=arguments):
                made = ast.Call(function, [enter(part) for part in arguments], [])
            case ast.UnaryOp(op=op, operand=operand):
                made = ast.UnaryOp(op, enter(operand))
            case _:
                raise AssertionError(f"straight text has no {ast.dump(node)}")
        if any(part.is_late for part in parts):
            return _Value(None, (_Term(None, None, made),))
        return _Value(made, constant=all(part.constant for part in parts))

    def atom(self, name: ast.expr, like: _Value) -> _Value:
        """A named number that comes as late as another."""
        if like.is_late:
            return _Value(None, (_Term(None, None, name),))
        return _Value(name, constant=like.constant)

    def sum(self, a: _Value, b: _Value) -> _Value:
        constant = a.constant and b.constant
        if a.known is None or b.known is None:
            known, scale = (b.known, b.scale) if a.known is None else (a.known, a.scale)
            return _Value(known, a.terms + b.terms, constant, scale)
        return _Value(_added(a.early, b.early), a.terms + b.terms, constant)

    def product(self, a: _Value, b: _Value) -> _Value:
        if not a.is_late and not b.is_late:
            return _product_of_known(a, b)
        if a.is_late and b.is_late:
            return _Value(None, (_Term(None, self.number(a), self.number(b), square=True),))
        late, other = (a, b) if a.is_late else (b, a)
        scaled_anyway = late.known is not None and not self.shorten
        if len(late.terms) > 1 or late.terms[0].square or scaled_anyway:
            # To scale every term of a sum takes more than to scale the sum.
            late = _Value(None, (_Term(None, None, self.number(late)),))
        terms = tuple(_scaled(term, other) for term in late.terms)
        return replace(_product_of_known(_Value(late.known, scale=late.scale), other), terms=terms)

    def blanked(self, value: _Value, lanes: int) -> _Value:
        """Make the lanes zero that do not count, where possible before the late value comes.

        What stands there is a copy of the last lane that counts, so no zero meets an infinity that
        is not one there as well.
        """

        def blank(node: ast.expr) -> ast.expr:
            return call(FIRST_LANES, node, ast.Constant(lanes))

        factors = [term.constant for term in value.terms]
        before = all(factor is not None and self.is_wide(factor) for factor in factors)
        scaled = value.scale is not None and self.is_wide(value.scale)
        before = before and (scaled or value.known is None or self.is_wide(value.known))
        if not value.is_late or not before:
            number = blank(self.number(value))
            late = (_Term(None, None, number),) if value.is_late else ()
            return _Value(None, late) if late else _Value(number)
        terms = tuple(
            replace(term, constant=term.constant and blank(term.constant)) for term in value.terms
        )
        if scaled:
            return replace(value, terms=terms, scale=value.scale and blank(value.scale))
        return replace(value, terms=terms, known=value.known and blank(value.known))

    def number(self, value: _Value) -> ast.expr:
        """The expression that makes a value one number: the known part first, then term by term."""
        total = value.early
        for term in sorted(value.terms, key=lambda term: _factor(term) is not None):
            factor, late = _factor(term), term.late
            if not self.shorten and term.constant is not None and term.early is not None:
                # A late number for all lanes takes the constant once, not in every lane.
                factor, late = term.early, _times(term.constant, term.late)
            if factor is None:
                total = late if total is None else ast.BinOp(total, ast.Add(), late)
            elif total is None:
                total = _times(factor, late)
            else:
                total = call(MULTIPLY_ADD, factor, late, total)
        assert total is not None
        return total


def _is_bare(value: _Value) -> bool:
    simple = (ast.Name, ast.Constant, type(None))
    parts = [value.known, value.scale]
    parts += [part for term in value.terms for part in (term.constant, term.early, term.late)]
    return all(isinstance(part, simple) for part in parts)


def _factor(term: _Term) -> ast.expr | None:
    return _both(term.constant, term.early)


def _product_of_known(a: _Value, b: _Value) -> _Value:
    """The product of what is known of two values; nothing where it is not known of both."""
    if a.known is None or b.known is None:
        return _Value(None)
    if a.constant == b.constant:
        scale = _both(a.scale, b.scale)
        return _Value(_times(a.known, b.known), constant=a.constant, scale=scale)
    early, other = (b, a) if a.constant else (a, b)
    return replace(early, scale=_both(early.scale, other.known))


def _scaled(term: _Term, other: _Value) -> _Term:
    if other.constant:
        return replace(term, constant=_both(term.constant, other.known))
    constant, early = _both(term.constant, other.scale), _both(term.early, other.known)
    return replace(term, constant=constant, early=early)


def _negative(value: _Value) -> _Value:
    terms = tuple(
        replace(term, constant=_minus(term.constant or ast.Constant(1))) for term in value.terms
    )
    if value.scale is not None:
        return replace(value, terms=terms, scale=_minus(value.scale))
    return replace(value, terms=terms, known=value.known and _minus(value.known))


def _minus(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    return ast.UnaryOp(ast.USub(), node)


def _added(a: ast.expr | None, b: ast.expr | None) -> ast.expr | None:
    if a is None or b is None:
        return a or b
    return ast.BinOp(a, ast.Add(), b)


def _both(a: ast.expr | None, b: ast.expr | None) -> ast.expr | None:
    """The product of factors of which None stands for 1."""
    if a is None or b is None:
        return a or b
    return _times(a, b)


def _times(a: ast.expr, b: ast.expr) -> ast.expr:
    return ast.BinOp(a, ast.Mult(), b)


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
