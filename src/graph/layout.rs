//! Places boxes in columns, so that none overlaps another and lines run between them.
//!
//! The usual way for layered graphs (Sugiyama, Tagawa, Toda 1981), from left to right: flags are the first column, a
//! certificate stands right of what signed it; a line that passes a column gets a place in it like a box, so that it runs
//! through no box.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, EdgeKind, Graph, NodeId};

/// Between columns, and between the boxes of one.
const GUTTER: f64 = 90.0;
const GAP: f64 = 18.0;
/// What a line that passes through a column takes up.
const LANE: f64 = 10.0;
const SWEEPS: usize = 8;

/// The size of a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub width: f64,
    pub height: f64,
}

/// A box in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub id: NodeId,
    pub x: f64,
    pub y: f64,
    pub size: Size,
}

/// A line: points that alternate between the end of one piece in a gutter and the beginning of the next.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Route {
    pub edge: Edge,
    /// From the source to the target.
    pub points: Vec<Point>,
}

pub(super) type Point = (f64, f64);

#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub boxes: Vec<Placed>,
    pub routes: Vec<Route>,
    pub width: f64,
    pub height: f64,
}

/// Where everything goes; `size` is that of each node's box.
pub(super) fn layout(graph: &Graph, size: impl Fn(NodeId) -> Size) -> Layout {
    let mut columns = Columns::of(graph);
    columns.order();
    columns.place(&size)
}

/// Something in a column: a box, or a line on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Box(NodeId),
    /// The number of the edge, and the column.
    Lane(usize, usize),
}

struct Columns<'a> {
    graph: &'a Graph,
    columns: Vec<Vec<Item>>,
    /// Each edge as the items it runs through, from left to right; and whether that is from its target to its source.
    ways: Vec<(Vec<Item>, bool)>,
}

impl<'a> Columns<'a> {
    fn of(graph: &'a Graph) -> Self {
        let column = columns_of(graph);
        let count = column.values().max().map_or(0, |last| last + 1);
        let mut columns = vec![Vec::new(); count];
        for id in graph.nodes() {
            if let Some(items) = column.get(&id).and_then(|index| columns.get_mut(*index)) {
                items.push(Item::Box(id));
            }
        }
        let mut ways = Vec::new();
        for (number, edge) in graph.edges.iter().enumerate() {
            let place = |id: NodeId| column.get(&id).copied().unwrap_or_default();
            let reversed = place(edge.from) > place(edge.to);
            let (left, right) = if reversed { (edge.to, edge.from) } else { (edge.from, edge.to) };
            let mut way = vec![Item::Box(left)];
            for between in place(left) + 1..place(right) {
                let lane = Item::Lane(number, between);
                if let Some(items) = columns.get_mut(between) {
                    items.push(lane);
                }
                way.push(lane);
            }
            way.push(Item::Box(right));
            ways.push((way, reversed));
        }
        Self { graph, columns, ways }
    }

    /// Sorts each column by the middle of what its items are connected with, forth and back, so that few lines cross.
    /// Flags stay in their order, by server.
    fn order(&mut self) {
        let links = self.links();
        for sweep in 0..SWEEPS {
            let positions = self.positions();
            let forth = sweep % 2 == 0;
            let count = self.columns.len();
            for step in 1..count {
                let index = if forth { step } else { count - 1 - step };
                if index == 0 {
                    continue;
                }
                let Some(items) = self.columns.get_mut(index) else { continue };
                let neighbour_column = if forth { index.wrapping_sub(1) } else { index + 1 };
                let middle = |item: &Item| {
                    let places: Vec<f64> = links
                        .get(item)
                        .into_iter()
                        .flatten()
                        .filter_map(|other| positions.get(other))
                        .filter(|(column, _)| *column == neighbour_column)
                        .map(|(_, position)| *position)
                        .collect();
                    mean(&places).unwrap_or_else(|| positions.get(item).map_or(0.0, |(_, position)| *position))
                };
                items.sort_by(|one, other| middle(one).total_cmp(&middle(other)));
            }
        }
    }

    /// What each item is connected with.
    fn links(&self) -> BTreeMap<Item, Vec<Item>> {
        let mut links: BTreeMap<Item, Vec<Item>> = BTreeMap::new();
        for (way, _) in &self.ways {
            for (left, right) in way.iter().zip(way.iter().skip(1)) {
                links.entry(*left).or_default().push(*right);
                links.entry(*right).or_default().push(*left);
            }
        }
        links
    }

    /// The column of each item, and where in it, from 0 to 1.
    fn positions(&self) -> BTreeMap<Item, (usize, f64)> {
        let mut positions = BTreeMap::new();
        for (column, items) in self.columns.iter().enumerate() {
            for (index, item) in items.iter().enumerate() {
                let place = (index as f64 + 0.5) / items.len() as f64;
                positions.insert(*item, (column, place));
            }
        }
        positions
    }

    fn place(&self, size: &impl Fn(NodeId) -> Size) -> Layout {
        let size_of = |item: &Item| match item {
            Item::Box(id) => size(*id),
            Item::Lane(..) => Size { width: 0.0, height: LANE },
        };
        let links = self.links();
        let mut middles: BTreeMap<Item, f64> = BTreeMap::new();
        for items in &self.columns {
            let wanted = |item: &Item| {
                let known: Vec<f64> =
                    links.get(item).into_iter().flatten().filter_map(|other| middles.get(other)).copied().collect();
                mean(&known)
            };
            let column = stack(items, size_of, wanted);
            middles.extend(column);
        }
        let top = self.tops(&middles, size_of).fold(f64::INFINITY, f64::min);
        let top = if top.is_finite() { top } else { 0.0 };

        let mut layout = Layout::default();
        let mut sides: BTreeMap<Item, (f64, f64)> = BTreeMap::new();
        let mut x = 0.0;
        for items in &self.columns {
            let width = items.iter().map(|item| size_of(item).width).fold(0.0, f64::max);
            for item in items {
                let size = size_of(item);
                let y = middles.get(item).copied().unwrap_or_default() - top - size.height / 2.0;
                if let Item::Box(id) = item {
                    // All boxes of a column are as wide as the column, so that lines begin and end in gutters.
                    layout.boxes.push(Placed { id: *id, x, y, size: Size { width, ..size } });
                }
                layout.height = layout.height.max(y + size.height);
                sides.insert(*item, (x, x + width));
            }
            layout.width = x + width;
            x += width + GUTTER;
        }
        let middle = |item: &Item| middles.get(item).copied().unwrap_or_default() - top;
        layout.routes = self.routes(&sides, middle, size_of);
        layout
    }

    fn tops<'t>(
        &'t self,
        middles: &'t BTreeMap<Item, f64>,
        size_of: impl Fn(&Item) -> Size + 't,
    ) -> impl Iterator<Item = f64> + 't {
        self.columns
            .iter()
            .flatten()
            .map(move |item| middles.get(item).copied().unwrap_or_default() - size_of(item).height / 2.0)
    }

    /// The lines; those at one side of a box share it out, in the order of where they go.
    fn routes(
        &self,
        sides: &BTreeMap<Item, (f64, f64)>,
        middle: impl Fn(&Item) -> f64,
        size_of: impl Fn(&Item) -> Size,
    ) -> Vec<Route> {
        // (box, is the right side) -> the lines there: where they go, and which line's which end it is.
        let mut ports: BTreeMap<(Item, bool), Vec<(f64, usize, bool)>> = BTreeMap::new();
        for (number, (way, _)) in self.ways.iter().enumerate() {
            let (Some(first), Some(last)) = (way.first(), way.last()) else { continue };
            let second = way.get(1).unwrap_or(last);
            let last_but_one = way.iter().rev().nth(1).unwrap_or(first);
            let same_column = sides.get(first).map(|side| side.0) == sides.get(last).map(|side| side.0);
            ports.entry((*first, true)).or_default().push((middle(second), number, false));
            ports.entry((*last, same_column)).or_default().push((middle(last_but_one), number, true));
        }
        let mut ends: BTreeMap<(usize, bool), Point> = BTreeMap::new();
        for ((item, right), mut lines) in ports {
            lines.sort_by(|one, other| one.0.total_cmp(&other.0));
            let (left_x, right_x) = sides.get(&item).copied().unwrap_or_default();
            let height = size_of(&item).height;
            let share = height / (lines.len() as f64 + 1.0);
            for (index, (_, number, is_end)) in lines.iter().enumerate() {
                let y = middle(&item) - height / 2.0 + share * (index as f64 + 1.0);
                ends.insert((*number, *is_end), (if right { right_x } else { left_x }, y));
            }
        }
        let route = |(number, (way, reversed)): (usize, &(Vec<Item>, bool))| {
            let mut points = vec![ends.get(&(number, false)).copied()?];
            for item in way.iter().filter(|item| matches!(item, Item::Lane(..))) {
                let (left, right) = sides.get(item).copied()?;
                points.extend([(left, middle(item)), (right, middle(item))]);
            }
            points.push(ends.get(&(number, true)).copied()?);
            if *reversed {
                points.reverse();
            }
            Some(Route { edge: *self.graph.edges.get(number)?, points })
        };
        self.ways.iter().enumerate().filter_map(route).collect()
    }
}

/// The middles of a column's items: each as near as can be to where it is wanted, in order and without overlapping.
fn stack(items: &[Item], size_of: impl Fn(&Item) -> Size, wanted: impl Fn(&Item) -> Option<f64>) -> Vec<(Item, f64)> {
    let mut placed = Vec::with_capacity(items.len());
    let mut bottom = f64::NEG_INFINITY;
    let mut offsets = Vec::new();
    for item in items {
        let half = size_of(item).height / 2.0;
        let lowest = if bottom.is_finite() { bottom + GAP + half } else { half };
        let middle = wanted(item).map_or(lowest, |wanted| if bottom.is_finite() { wanted.max(lowest) } else { wanted });
        offsets.extend(wanted(item).map(|wanted| wanted - middle));
        placed.push((*item, middle));
        bottom = middle + half;
    }
    // Where some had to give way, all share the shift.
    let shift = mean(&offsets).unwrap_or_default();
    placed.into_iter().map(|(item, middle)| (item, middle + shift)).collect()
}

/// Flags in column 0, certificates right of whatever signed them.
fn columns_of(graph: &Graph) -> BTreeMap<NodeId, usize> {
    let back = back_edges(graph);
    let mut column: BTreeMap<NodeId, usize> = graph
        .nodes()
        .map(|id| (id, if matches!(id, NodeId::Store(_)) || graph.stores.is_empty() { 0 } else { 1 }))
        .collect();
    let signs: Vec<(NodeId, NodeId)> = graph
        .edges
        .iter()
        .enumerate()
        .filter(|(number, edge)| edge.kind == EdgeKind::Signs && !back.contains(number))
        .map(|(_, edge)| (edge.from, edge.to))
        .collect();
    // Without the edges that close a circle this ends; every round settles at least one more certificate.
    loop {
        let mut changed = false;
        for (parent, child) in &signs {
            let least = column.get(parent).copied().unwrap_or_default() + 1;
            if let Some(place) = column.get_mut(child)
                && *place < least
            {
                *place = least;
                changed = true;
            }
        }
        if !changed {
            return column;
        }
    }
}

/// The numbers of the signatures that close a circle: CAs that signed each other.
fn back_edges(graph: &Graph) -> BTreeSet<usize> {
    let mut children: BTreeMap<NodeId, Vec<(usize, NodeId)>> = BTreeMap::new();
    for (number, edge) in graph.edges.iter().enumerate().filter(|(_, edge)| edge.kind == EdgeKind::Signs) {
        children.entry(edge.from).or_default().push((number, edge.to));
    }
    let mut back = BTreeSet::new();
    let mut done: BTreeSet<NodeId> = BTreeSet::new();
    for root in graph.nodes() {
        // Depth first, with the way down from the root and what is still to be tried at each step.
        let mut way: Vec<(NodeId, usize)> = Vec::new();
        let mut on_the_way: BTreeSet<NodeId> = BTreeSet::new();
        if done.contains(&root) {
            continue;
        }
        way.push((root, 0));
        on_the_way.insert(root);
        while let Some((id, next)) = way.last_mut() {
            let (id, at) = (*id, *next);
            *next += 1;
            match children.get(&id).and_then(|below| below.get(at)) {
                Some((number, child)) if on_the_way.contains(child) => {
                    back.insert(*number);
                }
                Some((_, child)) if !done.contains(child) => {
                    on_the_way.insert(*child);
                    way.push((*child, 0));
                }
                Some(_) => {}
                None => {
                    done.insert(id);
                    on_the_way.remove(&id);
                    way.pop();
                }
            }
        }
    }
    back
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
