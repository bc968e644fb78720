"""PDFs read back with pypdf, so that another program judges what the product writes."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader


class ReadPdf:
    """A PDF read by pypdf in its strict mode, which refuses a table of objects that is wrong anywhere."""

    def __init__(self, data: bytes) -> None:
        self._reader = PdfReader(io.BytesIO(data), strict=True)

    @property
    def pages(self) -> int:
        """The number of pages."""
        return len(self._reader.pages)

    @property
    def text(self) -> str:
        """The text of all pages, as a reader would copy it."""
        return "\n".join(page.extract_text() for page in self._reader.pages)

    @property
    def images(self) -> int:
        """The number of times an image is drawn on a page."""
        contents = (page.get_contents() for page in self._reader.pages)
        return sum(len(re.findall(rb"/\w+\s+Do\b", each.get_data())) for each in contents if each is not None)
