"""The picture of growth shows what was measured."""

from xml.etree import ElementTree as ET

from tests.lab.benchmarks.growth import Line, lines, picture

TOLD = {
    "ageing": {
        "closed loans": {"10,000 closed loans": 10_000, "1,000,000 closed loans": 1_000_000, "200 open loans": 10_000},
        "times": {"10,000 closed loans": 1.0, "1,000,000 closed loans": 1.05, "200 open loans": 1.1},
    },
    "search": {"sizes": [10_000, 1_000_000], "kinds": {"rare": {"ratio": 1.1}, "facets": {"ratio": 3.1}}},
}


def test_the_lines_are_the_check_out_the_median_and_the_worst_search() -> None:
    check_out, median, worst = lines(TOLD)

    assert [(10_000, 1.0), (1_000_000, 1.05)] == check_out.points
    assert [(10_000, 1.0), (1_000_000, 3.1)] == median.points
    assert ("facets" in worst.name, 3.1) == (True, worst.points[-1][1])


def test_a_line_that_grows_rises_in_the_picture() -> None:
    flat, steep = Line("flat", [(10, 1.0), (1000, 1.0)]), Line("steep", [(10, 1.0), (1000, 2.0)])

    drawn = ET.fromstring(picture([flat, steep]))
    ways = [each.attrib["points"].split() for each in drawn.iter() if each.tag.endswith("polyline")]
    heights = [[float(point.partition(",")[2]) for point in way] for way in ways]

    assert heights[0][0] == heights[0][1] == heights[1][0]
    assert heights[1][1] < heights[1][0]
