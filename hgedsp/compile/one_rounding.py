"""Every product and sum as one multiply-add, which rounds once."""

from __future__ import annotations

import ast

from hgedsp.compile.step_text import MULTIPLY_ADD, call


def fuse_tree(tree: ast.FunctionDef) -> None:
    """Round each product and sum only once, in a tree that was put together."""
    ast.fix_missing_locations(Fuse().visit(tree))


class Fuse(ast.NodeTransformer):
    """Turn sums with a product into multiply-adds; the left product where there are two."""

    def __init__(self, *, arrays: bool = False) -> None:
        self.arrays = arrays

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        match node:
            case ast.BinOp(left=ast.Name() as base, op=ast.Pow(), right=ast.Constant(value=power)):
                made = small_power(base, power)
                if made is not None:
                    return ast.copy_location(made, node)
        if isinstance(node.op, (ast.Add, ast.Sub)):
            takes_off = isinstance(node.op, ast.Sub)
            if _is_product(left):
                return _multiply_add(left.left, left.right, _negated(right, takes_off), node)
            if _is_product(right):
                return _multiply_add(_negated(right.left, takes_off), right.right, left, node)
            match right:
                case ast.UnaryOp(op=ast.USub(), operand=ast.BinOp(op=ast.Mult()) as product):
                    factor = _negated(product.left, not takes_off)
                    return _multiply_add(factor, product.right, left, node)
        return ast.copy_location(ast.BinOp(left, node.op, right), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        if isinstance(node.target, ast.Name) and not self.arrays:
            here = ast.Name(node.target.id, ast.Load())
            value = self.visit(ast.BinOp(here, node.op, node.value))
            return ast.copy_location(ast.Assign([node.target], value), node)
        node.value = self.visit(node.value)
        return node


def small_power(base: ast.expr, power: object) -> ast.expr | None:
    """Return a square, cube or fourth power of a name as products, or None."""
    if type(power) is not int or power not in (2, 3, 4) or not isinstance(base, ast.Name):
        return None
    square = ast.BinOp(base, ast.Mult(), base)
    if power == 2:
        return square
    return ast.BinOp(square, ast.Mult(), base if power == 3 else square)


def _is_product(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)


def _negated(node: ast.expr, really: bool) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node) if really else node


def _multiply_add(a: ast.expr, b: ast.expr, c: ast.expr, node: ast.expr) -> ast.expr:
    return ast.copy_location(call(MULTIPLY_ADD, a, b, c), node)
