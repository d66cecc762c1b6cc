"""Steps that are compiled for nothing but to be put in line where a kernel calls them.

numba makes whole machine code of every function it compiles, and of all that this one calls: each
step was optimised by itself, made machine code that nobody ever called, and optimised again inside
the kernel. Here a step stays intermediate code, tidied up but no more, until it is in a kernel.
"""

from __future__ import annotations

from typing import Any

from llvmlite.binding import Linkage
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.environment import lookup_environment


class StepLibrary(JITCodeLibrary):
    """Code of a step, and of what it calls, to be linked to a kernel."""

    @property
    def codegen(self) -> Any:
        """Whom numba gives what goes with machine code: nobody, for there is none."""
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Leave it to `hand_environments`."""

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0, which stands for a function that Python cannot call."""
        self._ensure_finalized()
        return 0

    def finalize(self) -> None:
        """Put in line what the step calls; the kernel will optimise all of it at once."""
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        if self._linking_libraries:
            self._put_in_line()
        self._finalized = True

    def _put_in_line(self) -> None:
        # Without it, or with more, loops came out up to 4 % slower: what is in line is tidied up
        # once more here, and no sooner changed in form than in the kernel.
        passes, builder = self._codegen._module_pass_manager(
            opt=0, loop_vectorize=False, slp_vectorize=False
        )
        passes.run(self._final_module, builder)
        passes, builder = self._codegen._function_pass_manager()
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.external:
                passes.run(function, builder)


class StepCompiler(Compiler):
    """numba's own compiler, with a `StepLibrary` to put the code in."""

    def __init__(self, typing: Any, target: Any, library: Any, *rest: Any) -> None:
        made = library or StepLibrary(target.codegen(), "step")
        super().__init__(typing, target, made, *rest)


def hand_environments(dispatcher: Any) -> None:
    """Tell a new kernel the environments of its steps, as numba does when it reads one back.

    Steps that print, or that raise an error with numbers in it, look into theirs.
    """
    for overload in dispatcher.overloads.values():
        for variable in overload.library._final_module.global_variables:
            environment = lookup_environment(variable.name)
            if environment is not None:
                overload.library.codegen.set_env(variable.name, environment)
