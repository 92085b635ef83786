"""The one place where files become arrays and arrays files.

Pictures come back as RGB, label files as they are stored: ids, or colours that a label map turns
into classes. Label files are not read with OpenCV: it turns the ids of a palette PNG into colours
or into grey values.
"""

from .drawing import IdCanvas, Point
from .masks import (
    MaskFile,
    pack_mask,
    read_mask,
    read_mask_file,
    read_palette,
    unpack_mask,
    write_mask,
)
from .opening import IMAGE_SUFFIXES, MAX_PIXELS, UNREAD_SUFFIXES, PillowImage
from .pictures import (
    PictureHeader,
    decode_image,
    encode_image,
    pillow_to_rgb,
    read_header,
    read_image,
    read_turned_image,
    write_array,
    write_image,
)
from .shown import Picture
from .thumbnails import mask_thumbnail, picture_thumbnail

__all__ = [
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "UNREAD_SUFFIXES",
    "IdCanvas",
    "MaskFile",
    "Picture",
    "PictureHeader",
    "PillowImage",
    "Point",
    "decode_image",
    "encode_image",
    "mask_thumbnail",
    "pack_mask",
    "picture_thumbnail",
    "pillow_to_rgb",
    "read_header",
    "read_image",
    "read_mask",
    "read_mask_file",
    "read_palette",
    "read_turned_image",
    "unpack_mask",
    "write_array",
    "write_image",
    "write_mask",
]
