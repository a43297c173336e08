//! Whole reports of judgements made by hand.

use time::macros::datetime;

use super::{Format, Settings, Style};
use crate::lint::{Judgement, Severity, Summary};
use crate::source::BaseDirectory;

pub(crate) use crate::lint::testing::judgements::*;

pub(crate) fn settings() -> Settings {
    Settings {
        style: Style::default(),
        now: datetime!(2026-11-21 20:38 UTC),
        base: BaseDirectory::new("/repo", "."),
        rules: RULES,
        fail_on: Severity::Error,
    }
}

/// All of a report.
pub(crate) fn report(format: Format, settings: &Settings, judgements: &[Judgement]) -> String {
    report_with_failures(format, settings, judgements, &[])
}

pub(crate) fn report_with_failures(
    format: Format,
    settings: &Settings,
    judgements: &[Judgement],
    failures: &[&str],
) -> String {
    let mut summary = Summary {
        now: Some(datetime!(2026-11-21 20:38 UTC)),
        files_read: judgements.len(),
        failures: failures.iter().map(|&failure| failure.to_owned()).collect(),
        ..Summary::default()
    };
    let mut reporter = format.reporter(settings);
    let mut out = Vec::new();
    reporter.begin(&mut out).unwrap();
    for judgement in judgements {
        summary.count(judgement);
        reporter.judgement(judgement, &mut out).unwrap();
    }
    reporter.finish(&summary, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
