use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, Node, Rect, Tree, roxmltree};

use super::*;
use crate::graph::testing::{as_map, crowded, odd, separate, several, touching};

/// Read by a renderer, with a real monospaced font.
fn read(map: &TrustMap) -> Tree {
    let mut options = usvg::Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_font_data(dejavu::sans_mono::regular().to_vec());
    fonts.load_font_data(dejavu::sans_mono::bold().to_vec());
    fonts.set_monospace_family("DejaVu Sans Mono");
    Tree::from_str(&svg(map), &options).unwrap()
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
    let maps = [separate(), touching(), odd(), crowded(), Graph::default()].map(as_map);
    for map in maps.into_iter().chain([several()]) {
        let nodes: usize = map.clusters.iter().map(|graph| graph.nodes().count()).sum();
        let tree = read(&map);
        let (mut texts, mut boxes) = (Vec::new(), Vec::new());
        texts_and_boxes(tree.root(), &mut texts, &mut boxes);
        let picture = Rect::from_xywh(0.0, 0.0, tree.size().width(), tree.size().height()).unwrap();
        assert_eq!(boxes.len(), nodes + map.clusters.len() + 1, "each node, each verdict and the legend");
        assert!(texts.len() > 2 * nodes);
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
    let tree = read(&as_map(touching()));
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
    let red =
        pixels.pixels().iter().filter(|pixel| (pixel.red(), pixel.green(), pixel.blue()) == (0xb9, 0x1c, 0x1c)).count();
    assert!(red > 1_000, "{red}");
}

#[test]
fn lines_run_through_no_box() {
    for graph in [separate(), touching(), odd(), crowded()] {
        let placed = placed(&graph);
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
    let drawn = svg(&as_map(touching()));
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
    let drawn = svg(&as_map(odd()));
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
    let rows = wrapped(&Row::new(2, text.as_str()), 30);
    assert!(rows.iter().all(|row| row.indent + row.text.chars().count() <= 30));
    let joined: String = rows.iter().map(|row| row.text.replace(' ', "")).collect();
    assert_eq!(joined, text.replace(' ', ""));
}

/// Names that are longer than a box is wide go on below, with all their characters.
#[test]
fn no_name_is_shortened() {
    let beginning = "front-proxy-ca-of-a-company-with-a-long-name-in-a-region-".repeat(2);
    let [one, other] = ["a", "b"].map(|end| crate::lint::testing::Issued::ca(&format!("{beginning}{end}{beginning}")));
    let node = crate::graph::testing::Node {
        name: "x",
        client_ca: &[&one],
        requestheader_client_ca: &[&other],
        proxy_client: None,
    };
    let graph = crate::graph::testing::graph(&[node]);
    let drawn = svg(&as_map(graph.clone()));
    let document = roxmltree::Document::parse(&drawn).unwrap();
    let said: String =
        document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect();
    for node in &graph.certificates {
        assert!(said.contains(&node.name()), "{} is not in {said}", node.name());
    }
    assert!(!drawn.contains('…'));
}

#[test]
fn on_a_page_each_box_has_its_lines_once_more() {
    let graph = touching();
    let drawn = format!("<x xmlns:xml=\"http://www.w3.org/XML/1998/namespace\">{}</x>", drawing(&graph, "a-"));
    let document = roxmltree::Document::parse(&drawn).unwrap();
    let of_class = |class: &str| document.descendants().filter(|node| node.attribute("class") == Some(class)).count();
    assert_eq!(of_class("node"), graph.nodes().count());
    assert_eq!(of_class("line"), graph.edges.len());
    assert_eq!(of_class("lit"), 2 * graph.edges.len());
    assert!(document.descendants().all(|node| node.attribute("id").is_none_or(|id| id.starts_with("a-"))));
}
