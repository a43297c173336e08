//! The graph as SVG 1.1, with nothing outside: no fonts, scripts or style sheets.
//!
//! Text is set in a monospaced font, whose characters are 0.6 em wide in every common one, and boxes are made for a
//! little more. Boxes have their own light filling and dark text, so the page behind may be dark or light.

use std::fmt::Write;

use super::label::{lines, short_lines};
use super::layout::{Layout, Placed, Route, Size, layout};
use super::{EdgeKind, Graph, NodeId, World};
use crate::text::printable;
use crate::text::xml::{attributes, escape};

const FONT_SIZE: f64 = 13.0;
const LINE_HEIGHT: f64 = 18.0;
const PADDING: f64 = 10.0;
const MARGIN: f64 = 24.0;
/// The narrowest that the panel with the legend is, in characters.
const PANEL: usize = 66;

/// A picture of the graph.
pub fn svg(graph: &Graph) -> String {
    let placed = layout(graph, |id| size_of(&short_lines(graph, id)));
    let panel = Panel::of(graph, placed.width);
    let width = placed.width.max(panel.size.width) + 2.0 * MARGIN;
    let height = placed.height + panel.size.height + 3.0 * MARGIN;
    let mut drawing = String::new();
    let _ = writeln!(
        drawing,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title description\" \
         width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"{FONT_SIZE}\">"
    );
    let _ = writeln!(drawing, "<title id=\"title\">Trust map of the aggregation layer</title>");
    let _ = writeln!(drawing, "<desc id=\"description\">{}</desc>", escape(&description(graph)));
    drawing.push_str(&arrowheads());
    let _ = writeln!(drawing, "<g transform=\"translate({MARGIN} {MARGIN})\">");
    draw(graph, &placed, &mut drawing);
    drawing.push_str("</g>\n");
    let below = placed.height + 2.0 * MARGIN;
    let _ = writeln!(drawing, "<g transform=\"translate({MARGIN} {below:.1})\">\n{}</g>\n</svg>", panel.drawing);
    drawing
}

fn draw(graph: &Graph, placed: &Layout, drawing: &mut String) {
    // Lines first, so that a box would cover a line and not the other way round.
    for route in &placed.routes {
        drawing.push_str(&line(route));
    }
    for place in &placed.boxes {
        // What had to be shortened is in the title, which viewers show when the pointer rests on it.
        let full = lines(graph, place.id).join("\n");
        let _ = writeln!(drawing, "<g>\n<title>{}</title>", escape(&full));
        drawing.push_str(&rectangle(place, graph.world(place.id)));
        for (index, line) in short_lines(graph, place.id).iter().enumerate() {
            drawing.push_str(&text_line(place.x, place.y, index, line));
        }
        drawing.push_str("</g>\n");
    }
}

fn rectangle(place: &Placed, world: World) -> String {
    let (fill, stroke) = world.colours();
    let Placed { x, y, size, .. } = place;
    // Flags have square corners, certificates round ones.
    let radius = if matches!(place.id, NodeId::Store(_)) { 0 } else { 8 };
    let weight = if world == World::Both { 2.5 } else { 1.2 };
    format!(
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius}\" fill=\"{fill}\" \
         stroke=\"{stroke}\" stroke-width=\"{weight}\"/>\n",
        size.width, size.height
    )
}

/// One line of text inside a box whose corner is at `x`, `y`; the first one is bold.
fn text_line(x: f64, y: f64, index: usize, line: &str) -> String {
    if line.is_empty() {
        return String::new();
    }
    let (x, baseline) = (x + PADDING, y + PADDING + LINE_HEIGHT * index as f64 + FONT_SIZE);
    let weight = if index == 0 { " font-weight=\"bold\"" } else { "" };
    format!("<text x=\"{x:.1}\" y=\"{baseline:.1}\" fill=\"#111827\"{weight}>{}</text>\n", escape(line))
}

fn line(route: &Route) -> String {
    let (_, colour) = if route.edge.touches { World::Both.colours() } else { World::Neither.colours() };
    let id = if route.edge.touches { "touching" } else { "plain" };
    let width = if route.edge.touches { "2.5" } else { "1.4" };
    let path = path(route);
    let mut drawn = vec![("d", path.as_str()), ("fill", "none"), ("stroke", colour), ("stroke-width", width)];
    let marker = format!("url(#{id})");
    match route.edge.kind {
        EdgeKind::Holds => {}
        EdgeKind::Signs => drawn.push(("marker-end", &marker)),
        EdgeKind::SameKey => drawn.push(("stroke-dasharray", "5 4")),
    }
    format!("<path{}/>\n", attributes(&drawn))
}

/// Curves through the gutters, straight lines through the columns.
fn path(route: &Route) -> String {
    let mut points = route.points.iter().copied();
    let Some((mut x, mut y)) = points.next() else { return String::new() };
    let mut path = format!("M{x:.1} {y:.1}");
    let bow = if route.points.len() == 2 && route.points.iter().all(|point| point.0 == x) { 45.0 } else { 0.0 };
    for (index, (to_x, to_y)) in points.enumerate() {
        if index % 2 == 1 {
            let _ = write!(path, " L{to_x:.1} {to_y:.1}");
        } else if bow > 0.0 {
            let out = x + bow;
            let _ = write!(path, " C{out:.1} {y:.1} {out:.1} {to_y:.1} {to_x:.1} {to_y:.1}");
        } else {
            let middle = f64::midpoint(x, to_x);
            let _ = write!(path, " C{middle:.1} {y:.1} {middle:.1} {to_y:.1} {to_x:.1} {to_y:.1}");
        }
        (x, y) = (to_x, to_y);
    }
    path
}

fn arrowheads() -> String {
    let marker = |id: &str, world: World| {
        let (_, colour) = world.colours();
        format!(
            "<marker id=\"{id}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 L10 5 L0 10 z\" fill=\"{colour}\"/></marker>\n"
        )
    };
    format!("<defs>\n{}{}</defs>\n", marker("plain", World::Neither), marker("touching", World::Both))
}

/// The legend, and where the two worlds touch, in a box below the graph.
struct Panel {
    drawing: String,
    size: Size,
}

/// A line of text and how far it stands in, in characters. (Blanks at its beginning would not be shown.)
struct Row {
    indent: usize,
    text: String,
}

impl Row {
    fn new(indent: usize, text: impl Into<String>) -> Self {
        Self { indent, text: text.into() }
    }
}

impl Panel {
    /// As wide as the graph, which is `width`, or wider.
    fn of(graph: &Graph, width: f64) -> Self {
        let characters = (((width - 2.0 * PADDING) / CHARACTER).max(0.0) as usize).max(PANEL);
        let mut rows = vec![Row::new(0, graph.verdict())];
        rows.extend(graph.touches.iter().flat_map(|touch| wrapped(&printable::line(&touch.text), characters)));
        rows.push(Row::new(0, ""));
        let legend = rows.len();
        rows.extend(World::ALL.iter().map(|world| Row::new(4, world.description())));
        rows.push(Row::new(0, "a line: the file holds it; an arrow: it signed it; dashes: one key"));

        let texts: Vec<String> = rows.iter().map(|row| " ".repeat(row.indent) + &row.text).collect();
        let needed = size_of(&texts);
        let size = Size { width: needed.width.max(width), height: needed.height };
        let mut drawing = format!(
            "<rect x=\"0\" y=\"0\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#ffffff\" stroke=\"#6b7280\"/>\n",
            size.width, size.height
        );
        for (index, row) in rows.iter().enumerate() {
            let x = row.indent as f64 * CHARACTER;
            drawing.push_str(&text_line(x, 0.0, index, &row.text));
        }
        for (index, world) in World::ALL.iter().enumerate() {
            let (fill, stroke) = world.colours();
            let y = PADDING + LINE_HEIGHT * (legend + index) as f64 + 3.0;
            let _ = writeln!(
                drawing,
                "<rect x=\"{PADDING}\" y=\"{y:.1}\" width=\"22\" height=\"12\" fill=\"{fill}\" stroke=\"{stroke}\"/>"
            );
        }
        Self { drawing, size }
    }
}

/// The widest that a character of ASCII is in a monospaced font, with some air.
const CHARACTER: f64 = 0.62 * FONT_SIZE;
/// Others may come from another font, and be as wide as they are high.
const WIDE_CHARACTER: f64 = 1.05 * FONT_SIZE;

fn size_of(lines: &[String]) -> Size {
    let width = lines.iter().map(|line| width_of(line)).fold(0.0, f64::max);
    Size { width: width + 2.0 * PADDING, height: LINE_HEIGHT * lines.len() as f64 + 2.0 * PADDING }
}

fn width_of(line: &str) -> f64 {
    line.chars().map(|character| if character.is_ascii() { CHARACTER } else { WIDE_CHARACTER }).sum()
}

/// Rows of at most so many characters, broken at blanks where there are any.
fn wrapped(text: &str, characters: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut row = Row::new(2, "");
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        while !word.is_empty() {
            let blank = usize::from(!row.text.is_empty());
            let room = characters.saturating_sub(row.indent + row.text.chars().count() + blank);
            if word.len() > room && blank > 0 {
                rows.push(std::mem::replace(&mut row, Row::new(4, "")));
                continue;
            }
            // What is longer than a row is cut.
            let rest = word.split_off(word.len().min(room.max(1)));
            row.text.push_str(if blank > 0 { " " } else { "" });
            row.text.extend(std::mem::replace(&mut word, rest));
        }
    }
    rows.push(row);
    rows
}

/// The same in words.
fn description(graph: &Graph) -> String {
    let mut description = String::new();
    for store in &graph.stores {
        let (server, file) = store.server();
        let _ = write!(description, "{server} ({file}): {} {}. ", store.name(), store.purpose.verb());
    }
    description.push_str(graph.verdict());
    for touch in &graph.touches {
        let _ = write!(description, " {}.", touch.text);
    }
    description
}

#[cfg(test)]
mod tests {
    use resvg::tiny_skia::{Pixmap, Transform};
    use resvg::usvg::{self, Node, Rect, Tree, roxmltree};

    use super::*;
    use crate::graph::testing::{crowded, odd, separate, touching};

    /// Read by a renderer, with a real monospaced font.
    fn read(graph: &Graph) -> Tree {
        let mut options = usvg::Options::default();
        let fonts = options.fontdb_mut();
        fonts.load_font_data(dejavu::sans_mono::regular().to_vec());
        fonts.load_font_data(dejavu::sans_mono::bold().to_vec());
        fonts.set_monospace_family("DejaVu Sans Mono");
        Tree::from_str(&svg(graph), &options).unwrap()
    }

    /// Where the renderer puts texts, and everything that is filled and larger than an arrowhead.
    fn texts_and_boxes(node: &usvg::Group, texts: &mut Vec<(String, Rect)>, boxes: &mut Vec<Rect>) {
        for child in node.children() {
            match child {
                Node::Group(group) => texts_and_boxes(group, texts, boxes),
                Node::Text(text) => {
                    let said = text.chunks().iter().map(usvg::TextChunk::text).collect();
                    texts.push((said, text.abs_bounding_box()));
                }
                Node::Path(path) if path.fill().is_some() && path.bounding_box().width() > 40.0 => {
                    boxes.push(path.abs_bounding_box());
                }
                _ => {}
            }
        }
    }

    fn contains(outer: &Rect, inner: &Rect) -> bool {
        outer.left() <= inner.left()
            && inner.right() <= outer.right()
            && outer.top() <= inner.top()
            && inner.bottom() <= outer.bottom()
    }

    #[test]
    fn every_text_is_inside_a_box_and_every_box_inside_the_picture() {
        for graph in [separate(), touching(), odd(), crowded(), Graph::default()] {
            let tree = read(&graph);
            let (mut texts, mut boxes) = (Vec::new(), Vec::new());
            texts_and_boxes(tree.root(), &mut texts, &mut boxes);
            let picture = Rect::from_xywh(0.0, 0.0, tree.size().width(), tree.size().height()).unwrap();
            assert_eq!(boxes.len(), graph.nodes().count() + 1, "the panel and each node");
            assert!(texts.len() > 2 * graph.nodes().count());
            for (text, place) in &texts {
                assert!(boxes.iter().any(|outer| contains(outer, place)), "{text} at {place:?}");
            }
            for (index, place) in boxes.iter().enumerate() {
                assert!(contains(&picture, place), "{place:?}");
                for other in boxes.iter().skip(index + 1) {
                    assert!(place.intersect(other).is_none(), "{place:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn it_is_seen_when_it_is_rendered() {
        let graph = touching();
        let tree = read(&graph);
        let mut pixels = Pixmap::new(tree.size().width() as u32, tree.size().height() as u32).unwrap();
        resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
        let (mut texts, mut boxes) = (Vec::new(), Vec::new());
        texts_and_boxes(tree.root(), &mut texts, &mut boxes);
        let colour = |x: f32, y: f32| {
            let pixel = pixels.pixel(x as u32, y as u32).unwrap().demultiply();
            (pixel.red(), pixel.green(), pixel.blue(), pixel.alpha())
        };
        // Every line of text has dark pixels in it, and light ones around them.
        for (text, place) in &texts {
            let mut shades = Vec::new();
            for x in place.left() as u32..place.right() as u32 {
                for y in place.top() as u32..place.bottom() as u32 {
                    shades.push(colour(x as f32, y as f32).1);
                }
            }
            let (darkest, lightest) = (shades.iter().min().unwrap(), shades.iter().max().unwrap());
            assert!(*darkest < 100 && *lightest > 200, "{text}: {darkest} to {lightest}");
        }
        // The page shines through between the boxes; inside they have the colour of their world.
        assert_eq!(colour(2.0, 2.0).3, 0);
        let fills: Vec<_> =
            boxes.iter().map(|place| colour(place.right() - 6.0, f32::midpoint(place.top(), place.bottom()))).collect();
        for expected in [(0xdb, 0xea, 0xfe, 255), (0xdc, 0xfc, 0xe7, 255), (0xfe, 0xe2, 0xe2, 255)] {
            assert!(fills.contains(&expected), "{expected:?} is not among {fills:?}");
        }
        // Red lines are drawn where the worlds touch.
        let red = pixels
            .pixels()
            .iter()
            .filter(|pixel| (pixel.red(), pixel.green(), pixel.blue()) == (0xb9, 0x1c, 0x1c))
            .count();
        assert!(red > 1_000, "{red}");
    }

    #[test]
    fn lines_run_through_no_box() {
        for graph in [separate(), touching(), odd(), crowded()] {
            let placed = layout(&graph, |id| size_of(&short_lines(&graph, id)));
            assert_eq!(placed.routes.len(), graph.edges.len());
            for route in &placed.routes {
                // Straight pieces, between one gutter and the next; the curves stay in gutters.
                for piece in route.points.windows(2).skip(1).step_by(2) {
                    let [(from, y), (to, _)] = piece else { panic!("{piece:?}") };
                    for place in &placed.boxes {
                        let beside = place.x >= from.max(*to) || place.x + place.size.width <= from.min(*to);
                        let passes = *y <= place.y || *y >= place.y + place.size.height;
                        assert!(beside || passes, "{route:?} runs through {place:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn it_can_be_read_without_being_seen() {
        let drawn = svg(&touching());
        let document = roxmltree::Document::parse(&drawn).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let by_id = |id: &str| {
            document.descendants().find(|node| node.attribute("id") == Some(id)).and_then(|node| node.text()).unwrap()
        };
        let named: Vec<&str> = root.attribute("aria-labelledby").unwrap().split(' ').map(by_id).collect();
        assert_eq!(named[0], "Trust map of the aggregation layer");
        assert!(named[1].contains("The two worlds touch: CN=kubernetes"), "{}", named[1]);
    }

    #[test]
    fn no_name_becomes_markup() {
        let drawn = svg(&odd());
        let document = roxmltree::Document::parse(&drawn).unwrap();
        let elements: std::collections::BTreeSet<&str> =
            document.descendants().filter(roxmltree::Node::is_element).map(|node| node.tag_name().name()).collect();
        let known = ["defs", "desc", "g", "marker", "path", "rect", "svg", "text", "title"];
        assert_eq!(elements.into_iter().collect::<Vec<_>>(), known);
        assert!(!drawn.contains('\u{1b}'));
    }

    #[test]
    fn rows_are_never_longer_than_asked_for() {
        let text = format!("some words and {} then more words", "x".repeat(100));
        let rows = wrapped(&text, 30);
        assert!(rows.iter().all(|row| row.indent + row.text.chars().count() <= 30));
        let joined: String = rows.iter().map(|row| row.text.replace(' ', "")).collect();
        assert_eq!(joined, text.replace(' ', ""));
    }
}
