"""How templates become Python: as Jinja makes it, without what these templates have no use for."""

from re import compile as pattern

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

_SPECIAL = pattern("[&<>\"']").search


def text(value: object) -> str:
    """What a value is on a page: as `escape` has it, without saying of the text that it is escaped.

    What is put out is joined to the page at once, where nothing would ask for that.
    """
    if type(value) is str:
        return escape(value) if _SPECIAL(value) else value
    if type(value) is Markup:
        return value
    return str(value) if type(value) is int else escape(value)


class DirectCode(CodeGenerator):
    """Puts out plain text, a loop's in one piece, and calls what a template calls.

    Jinja looks at each call whether the function wants the template's context. Of those that
    these templates call none does; filters, of which some do, are not called this way.
    """

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        """Begins the expression that is put out."""
        self.write("environment.text(")

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        """Writes a loop, what it puts out gathered as that of a macro is."""
        if frame.buffer is not None:
            super().visit_For(node, frame)
            return
        gathering = frame.copy()
        self.buffer(gathering)
        super().visit_For(node, gathering)
        self.writeline(f"yield concat({gathering.buffer})")

    def visit_Call(  # noqa: N802 - the name that Jinja calls
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        """Writes a call."""
        if node.dyn_args or node.dyn_kwargs:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")


class DirectEnvironment(Environment):
    """Compiles templates that way."""

    code_generator_class = DirectCode
    text = staticmethod(text)
