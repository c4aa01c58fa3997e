"""Raw texts and images of items -> feature matrices that say where they come from."""

from pygmmrec.encoders.encode import encode
from pygmmrec.encoders.encoder import Encoder
from pygmmrec.encoders.function_encoder import FunctionEncoder
from pygmmrec.encoders.image_encoder import ImageEncoder
from pygmmrec.encoders.text_encoder import TextEncoder

__all__ = ["Encoder", "FunctionEncoder", "ImageEncoder", "TextEncoder", "encode"]
