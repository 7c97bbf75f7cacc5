"""Grid cells: checking an outline, drawing cells, seams between them, and their numbers."""

from gis.cells.draw import DrawnCell, DrawnCells, draw_cells
from gis.cells.order import code_in_order, reading_order
from gis.cells.outline import clean_polygon
from gis.cells.seams import gaps, merge_cells, overlaps, split_cell

__all__ = [
    "DrawnCell",
    "DrawnCells",
    "clean_polygon",
    "code_in_order",
    "draw_cells",
    "gaps",
    "merge_cells",
    "overlaps",
    "reading_order",
    "split_cell",
]
