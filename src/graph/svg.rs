//! The graph as SVG 1.1, with nothing outside: no fonts, scripts or style sheets.
//!
//! Text is set in a monospaced font, whose characters are 0.6 em wide in every common one, and boxes are made for a
//! little more. Boxes have their own light filling and dark text, so the page behind may be dark or light.

use std::fmt::Write;

use super::label::{lines, rows};
use super::layout::{Layout, Placed, Route, Size, layout};
use super::{EdgeKind, Graph, NodeId, TrustMap, World};
use crate::text::printable;
use crate::text::xml::{attributes, escape};

const FONT_SIZE: f64 = 13.0;
const LINE_HEIGHT: f64 = 18.0;
const PADDING: f64 = 10.0;
const MARGIN: f64 = 24.0;
/// The narrowest that a panel is, in characters.
const PANEL: usize = 66;
/// How texts are set. Blanks stay as they are: names may differ in them alone.
const FONT: &str = "font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"13\" \
                    xml:space=\"preserve\"";

/// A picture of the map: for each cluster what it comes to, and its graph below that; then the legend.
pub fn svg(map: &TrustMap) -> String {
    let mut stack = Stack::default();
    let placed: Vec<Layout> = map.clusters.iter().map(placed).collect();
    let widest = placed.iter().map(|layout| layout.width).fold(0.0, f64::max);
    for (number, (graph, placed)) in map.clusters.iter().zip(&placed).enumerate() {
        stack.add(&panel(&said(map, graph), widest));
        let drawing = Drawing { graph, placed, prefix: &format!("c{number}-"), is_interactive: false };
        stack.add(&(drawing.draw(), Size { width: placed.width, height: placed.height }));
    }
    stack.add(&legend(map, widest));
    let (width, height) = (stack.width + 2.0 * MARGIN, stack.height + MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title description\" \
         width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" {FONT}>\n\
         <title id=\"title\">Trust map of the aggregation layer</title>\n\
         <desc id=\"description\">{}</desc>\n{}</svg>\n",
        escape(&description(map)),
        stack.drawing
    )
}

/// The graph of one cluster for a page: without legend and verdict, which a page says in its own way. Each box can be
/// pointed at and reached with the keyboard; then its lines are shown by what has the class `lit`. `prefix` tells its
/// names from those of other drawings of the page.
pub fn drawing(graph: &Graph, prefix: &str) -> String {
    let placed = placed(graph);
    let drawing = Drawing { graph, placed: &placed, prefix, is_interactive: true }.draw();
    let (width, height) = (placed.width + 2.0 * MARGIN, placed.height + 2.0 * MARGIN);
    format!(
        "<svg class=\"drawing\" role=\"group\" aria-label=\"Trust map, drawn\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" {FONT}>\n<g transform=\"translate({MARGIN} {MARGIN})\">\n{drawing}</g>\n</svg>"
    )
}

fn placed(graph: &Graph) -> Layout {
    layout(graph, |id| size_of(rows(&lines(graph, id)).iter().map(|row| row.text.as_str())))
}

/// Parts of a picture below each other.
#[derive(Default)]
struct Stack {
    drawing: String,
    width: f64,
    height: f64,
}

impl Stack {
    fn add(&mut self, (drawing, size): &(String, Size)) {
        let y = self.height + MARGIN;
        let _ = writeln!(self.drawing, "<g transform=\"translate({MARGIN} {y:.1})\">\n{drawing}</g>");
        self.height = y + size.height;
        self.width = self.width.max(size.width);
    }
}

/// A graph with everything in its place.
struct Drawing<'a> {
    graph: &'a Graph,
    placed: &'a Layout,
    prefix: &'a str,
    is_interactive: bool,
}

impl Drawing<'_> {
    fn draw(&self) -> String {
        let mut drawing = self.arrowheads();
        // Lines first, so that a box would cover a line and not the other way round.
        for route in &self.placed.routes {
            drawing.push_str(&self.line(route));
        }
        for place in &self.placed.boxes {
            self.draw_box(place, &mut drawing);
        }
        drawing
    }

    fn draw_box(&self, place: &Placed, drawing: &mut String) {
        let lines = lines(self.graph, place.id);
        let full = lines.join("\n");
        if self.is_interactive {
            let label = attributes(&[("aria-label", full.as_str())]);
            let _ = writeln!(drawing, "<g class=\"node\" tabindex=\"0\" role=\"img\"{label}>");
        } else {
            let _ = writeln!(drawing, "<g>\n<title>{}</title>", escape(&full));
        }
        drawing.push_str(&rectangle(place, self.graph.world(place.id)));
        for (index, row) in rows(&lines).iter().enumerate() {
            drawing.push_str(&text_line(place.x, place.y, index, &row.text, row.is_title));
        }
        if self.is_interactive {
            let of_it = |route: &&Route| [route.edge.from, route.edge.to].contains(&place.id);
            for route in self.placed.routes.iter().filter(of_it) {
                let _ = writeln!(drawing, "<path class=\"lit\" d=\"{}\" fill=\"none\"/>", path(route));
            }
        }
        drawing.push_str("</g>\n");
    }

    fn line(&self, route: &Route) -> String {
        let (_, colour) = if route.edge.touches { World::Both.colours() } else { World::Neither.colours() };
        let id = if route.edge.touches { "touching" } else { "plain" };
        let width = if route.edge.touches { "2.5" } else { "1.4" };
        let path = path(route);
        let mut drawn = vec![
            ("class", "line"),
            ("d", path.as_str()),
            ("fill", "none"),
            ("stroke", colour),
            ("stroke-width", width),
        ];
        let marker = format!("url(#{}{id})", self.prefix);
        match route.edge.kind {
            EdgeKind::Holds => {}
            EdgeKind::Signs => drawn.push(("marker-end", &marker)),
            EdgeKind::SameKey => drawn.push(("stroke-dasharray", "5 4")),
        }
        format!("<path{}/>\n", attributes(&drawn))
    }

    fn arrowheads(&self) -> String {
        let marker = |id: &str, world: World| {
            let (_, colour) = world.colours();
            format!(
                "<marker id=\"{}{id}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" \
                 markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 L10 5 L0 10 z\" \
                 fill=\"{colour}\"/></marker>\n",
                self.prefix
            )
        };
        format!("<defs>\n{}{}</defs>\n", marker("plain", World::Neither), marker("touching", World::Both))
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

/// One line of text inside a box whose corner is at `x`, `y`.
fn text_line(x: f64, y: f64, index: usize, line: &str, is_title: bool) -> String {
    if line.is_empty() {
        return String::new();
    }
    let (x, baseline) = (x + PADDING, y + PADDING + LINE_HEIGHT * index as f64 + FONT_SIZE);
    let weight = if is_title { " font-weight=\"bold\"" } else { "" };
    format!("<text x=\"{x:.1}\" y=\"{baseline:.1}\" fill=\"#111827\"{weight}>{}</text>\n", escape(line))
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

/// A line of text and how far it stands in, in characters.
struct Row {
    indent: usize,
    text: String,
    is_title: bool,
}

impl Row {
    fn new(indent: usize, text: impl Into<String>) -> Self {
        Self { indent, text: text.into(), is_title: false }
    }

    fn title(text: impl Into<String>) -> Self {
        Self { is_title: true, ..Self::new(0, text) }
    }
}

/// What a cluster comes to.
fn said(map: &TrustMap, graph: &Graph) -> Vec<Row> {
    let mut rows: Vec<Row> = map.title(graph).into_iter().map(Row::title).collect();
    rows.push(Row::title(graph.verdict()));
    rows.extend(graph.touches.iter().map(|touch| Row::new(2, touch.text.as_str())));
    rows
}

/// What could not be read, and what colours and lines mean.
fn legend(map: &TrustMap, width: f64) -> (String, Size) {
    let mut rows: Vec<Row> = map.unread().map(|line| Row::new(2, line)).collect();
    let first = wrapped_rows(&rows, width).len();
    rows.extend(World::ALL.iter().map(|world| Row::new(4, world.description())));
    rows.push(Row::new(0, "a line: the file holds it; an arrow: it signed it; dashes: one key"));
    let (mut drawing, size) = panel(&rows, width);
    for (index, world) in World::ALL.iter().enumerate() {
        let (fill, stroke) = world.colours();
        let y = PADDING + LINE_HEIGHT * (first + index) as f64 + 3.0;
        let _ = writeln!(
            drawing,
            "<rect x=\"{PADDING}\" y=\"{y:.1}\" width=\"22\" height=\"12\" fill=\"{fill}\" stroke=\"{stroke}\"/>"
        );
    }
    (drawing, size)
}

/// A box with rows of text, `width` wide or wider.
fn panel(rows: &[Row], width: f64) -> (String, Size) {
    let rows = wrapped_rows(rows, width);
    let texts: Vec<String> = rows.iter().map(|row| " ".repeat(row.indent) + &row.text).collect();
    let needed = size_of(texts.iter().map(String::as_str));
    let size = Size { width: needed.width.max(width), height: needed.height };
    let mut drawing = format!(
        "<rect x=\"0\" y=\"0\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#ffffff\" stroke=\"#6b7280\"/>\n",
        size.width, size.height
    );
    for (index, row) in rows.iter().enumerate() {
        let x = row.indent as f64 * CHARACTER;
        drawing.push_str(&text_line(x, 0.0, index, &row.text, row.is_title));
    }
    (drawing, size)
}

/// The rows as they fit into a panel, with nothing in them that a viewer obeys.
fn wrapped_rows(rows: &[Row], width: f64) -> Vec<Row> {
    let characters = (((width - 2.0 * PADDING) / CHARACTER).max(0.0) as usize).max(PANEL);
    rows.iter().flat_map(|row| wrapped(row, characters)).collect()
}

/// The widest that a character of ASCII is in a monospaced font, with some air.
const CHARACTER: f64 = 0.62 * FONT_SIZE;
/// Others may come from another font, and be as wide as they are high.
const WIDE_CHARACTER: f64 = 1.05 * FONT_SIZE;

fn size_of<'a>(lines: impl Iterator<Item = &'a str>) -> Size {
    let (count, width) = lines.fold((0, 0.0), |(count, width), line| (count + 1, f64::max(width, width_of(line))));
    Size { width: width + 2.0 * PADDING, height: LINE_HEIGHT * f64::from(count) + 2.0 * PADDING }
}

fn width_of(line: &str) -> f64 {
    line.chars().map(|character| if character.is_ascii() { CHARACTER } else { WIDE_CHARACTER }).sum()
}

/// Rows of at most so many characters, broken at blanks where there are any.
fn wrapped(long: &Row, characters: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let begin = |indent: usize| Row { indent, text: String::new(), is_title: long.is_title };
    let mut row = begin(long.indent);
    for word in printable::line(&long.text).split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        while !word.is_empty() {
            let blank = usize::from(!row.text.is_empty());
            let room = characters.saturating_sub(row.indent + row.text.chars().count() + blank);
            if word.len() > room && blank > 0 {
                rows.push(std::mem::replace(&mut row, begin(long.indent + 2)));
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
fn description(map: &TrustMap) -> String {
    let mut description = String::new();
    for graph in &map.clusters {
        let _ = map.title(graph).map(|title| write!(description, "{title}: "));
        for store in &graph.stores {
            let servers: Vec<String> =
                store.servers.iter().map(|server| format!("{} ({})", server.name, server.file)).collect();
            let _ = write!(description, "{}: {} {}. ", servers.join(", "), store.name(), store.use_of_it());
            let _ = store.gap.as_ref().map(|gap| write!(description, "{gap}. "));
        }
        description.push_str(graph.verdict());
        for touch in &graph.touches {
            let _ = write!(description, " {}.", touch.text);
        }
        description.push(' ');
    }
    description.extend(map.unread());
    description
}

#[cfg(test)]
mod tests;
