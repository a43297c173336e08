//! The years in which certificates end, as a row of bars and as a table.

use std::collections::{BTreeMap, HashSet};

use maud::{Markup, html};
use time::OffsetDateTime;

use super::{line, wording};
use crate::lint::Judgement;

/// Years that are drawn; what ends later is drawn as one.
const DRAWN: i32 = 24;

/// The certificates of a run, each once, by the year of their end.
#[derive(Debug, Default)]
pub(super) struct Ends {
    years: BTreeMap<i32, Year>,
    /// The fingerprints of those that were counted.
    seen: HashSet<String>,
}

#[derive(Debug, Clone)]
struct Year {
    count: usize,
    /// The first to end, and when.
    first: (OffsetDateTime, String),
}

impl Ends {
    pub(super) fn add(&mut self, judgement: &Judgement) {
        for certificate in judgement.certificates.iter().map(|in_use| &in_use.certificate) {
            if !self.seen.insert(certificate.fingerprint()) {
                continue;
            }
            let end = certificate.not_after;
            let first = (end, line(&certificate.subject.to_string()));
            let year = self.years.entry(end.year()).or_insert_with(|| Year { count: 0, first: first.clone() });
            year.count += 1;
            if end < year.first.0 {
                year.first = first;
            }
        }
    }

    pub(super) fn draw(&self, now: OffsetDateTime) -> Markup {
        let Some(begin) = self.years.keys().next().map(|year| (*year).max(now.year() - DRAWN).min(now.year())) else {
            return html! {};
        };
        let bars = self.bars(begin);
        let most = bars.values().map(|year| year.count).max().unwrap_or(1);
        let width = (bars.keys().next_back().map_or(1, |last| last - begin + 1)).max(8) * 40;
        html! {
            h2 { "When certificates end" }
            svg.ends viewBox={ "0 0 " (width) " 130" } role="img" aria-label="Ends of certificates by year; the table below says the same" {
                line x1="0" y1="105" x2=(width) y2="105" {}
                @for (year, ends) in &bars {
                    g.past[*year < now.year() || ends.first.0 < now] {
                        @let height = (90 * ends.count).div_ceil(most);
                        rect x=((year - begin) * 40 + 6) y=(105 - height) width="28" height=(height) {
                            title { (said(*year, ends)) }
                        }
                        text x=((year - begin) * 40 + 20) y=(100 - height) { (ends.count) }
                        text x=((year - begin) * 40 + 20) y="122" { (year) }
                    }
                }
            }
            details {
                summary { (wording::count(self.seen.len(), "certificate")) " by year" }
                table {
                    tr { th { "year" } th { "end" } th { "the first" } }
                    @for (year, ends) in &self.years {
                        tr {
                            td { (year) }
                            td { (ends.count) }
                            td { (ends.first.1) ", " (ends.first.0.date()) }
                        }
                    }
                }
            }
        }
    }

    /// What is drawn: all that is later than the last drawn year stands there.
    fn bars(&self, begin: i32) -> BTreeMap<i32, Year> {
        let mut bars: BTreeMap<i32, Year> = BTreeMap::new();
        for (year, ends) in &self.years {
            let at = (*year).clamp(begin, begin + DRAWN);
            bars.entry(at).and_modify(|bar| bar.count += ends.count).or_insert_with(|| ends.clone());
        }
        bars
    }
}

fn said(year: i32, ends: &Year) -> String {
    format!("{year}: {}, first {} on {}", wording::count(ends.count, "certificate"), ends.first.1, ends.first.0.date())
}
