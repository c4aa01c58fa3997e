"""A hint to the processor, for kernels of numba: load this place of an array, it is needed soon."""

# numba allows no annotations that it could use.
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def prefetch(typing_context, array, row, column):
    """Load the cache line of ``array[row, column]``, without waiting for it: an instruction of LLVM.

    Nothing is computed and nothing can fail, so that results do not depend on it.
    """

    def generate(context, builder, signature, arguments):
        array_type = signature.args[0]
        place, *index = arguments
        start = context.make_array(array_type)(context, builder, place)
        pointer = cgutils.get_item_pointer(context, builder, array_type, start, index)
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        instruction = builder.module.declare_intrinsic(
            "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        )
        read, keep, data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(instruction, [builder.bitcast(pointer, byte), read, keep, data])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), generate
