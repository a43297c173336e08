//! Writing what the rules found, one file a format.
//!
//! A reporter turns judgements into bytes and does nothing else: it neither filters nor counts. Judgements come one at a
//! time, so that memory does not grow with their number.

mod concise;
mod excerpt;
mod gaps;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
pub mod output;
mod prometheus;
mod sarif;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
mod whole_file;
mod wording;

use std::io::{self, Write};

use clap::ValueEnum;
use time::OffsetDateTime;

use crate::lint::{Judgement, Rule, Severity, Summary};
use crate::source::BaseDirectory;

pub use html::map_page;
pub use text::Style;
pub use whole_file::{write_new, write_whole};

/// Writes one format. Called with each judgement in order, then once with the summary.
pub trait Reporter {
    /// Before the first judgement.
    ///
    /// # Errors
    /// Those of the writer; likewise below.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out;
        Ok(())
    }

    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()>;

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()>;
}

/// The formats, by the names that `--format` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Format {
    /// For people: the source, why it matters, the fix
    Text,
    /// One line a finding
    Concise,
    /// Everything, versioned
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// A test case a rule and set-up, for build servers
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// A job's summary
    Markdown,
    /// Metrics for node_exporter's textfile collector
    Prometheus,
    /// A page for a browser, with nothing to load
    Html,
}

/// What reporters need to know besides what was found.
#[derive(Debug, Clone)]
pub struct Settings {
    pub style: Style,
    /// The time that is judged at.
    pub now: OffsetDateTime,
    /// What paths in reports are relative to.
    pub base: BaseDirectory,
    /// Every rule there is, for reports that describe them.
    pub rules: &'static [&'static Rule],
    /// The least severity that makes the run fail.
    pub fail_on: Severity,
}

impl Format {
    /// A reporter that writes this format.
    pub fn reporter(self, settings: &Settings) -> Box<dyn Reporter> {
        match self {
            Self::Text => Box::new(text::Text::new(settings.style)),
            Self::Concise => Box::new(concise::Concise),
            Self::Json => Box::new(json::Json::new(settings.base.clone())),
            Self::Sarif => Box::new(sarif::Sarif::new(settings)),
            Self::Junit => Box::new(junit::Junit::new(settings.fail_on)),
            Self::Github => Box::new(github::Github::new(settings.base.clone())),
            Self::Markdown => Box::new(markdown::Markdown::default()),
            Self::Prometheus => Box::new(prometheus::Prometheus::default()),
            Self::Html => Box::new(html::Html::new(settings.now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{judgement, report, settings};
    use super::*;
    use crate::source::report_marks::is_report;

    #[test]
    fn what_quotes_its_input_is_recognised_as_a_report() {
        for format in Format::value_variants() {
            for judgements in [vec![judgement()], Vec::new()] {
                let written = report(*format, &settings(), &judgements);
                // Nothing is quoted in one line that says that nothing was checked.
                let quotes = written.lines().count() > 1;
                assert!(is_report(&written) || !quotes, "{format:?}:\n{written}");
            }
        }
    }
}
