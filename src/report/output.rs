//! Several formats at once, each to its own place: `--format text --output sarif=results.sarif`.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;

use super::whole_file::{Written, place};
use super::{Format, Reporter, Settings};
use crate::lint::{Judgement, Summary};
use crate::source::report_marks::is_report;
use crate::text::did_you_mean;

/// One `--output FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output<F = Format> {
    pub format: F,
    pub destination: Destination,
}

/// The formats of a command, by the names that `--format` takes.
pub trait Formats: ValueEnum + Copy {
    /// What goes to standard output where nothing is said.
    const DEFAULT: Self;
    /// For who has written something else.
    const EXAMPLE: &'static str;

    /// As `--format` takes it.
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl Formats for Format {
    const DEFAULT: Self = Self::Text;
    const EXAMPLE: &'static str = "sarif=results.sarif";
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// `-`
    Stdout,
    File(PathBuf),
}

/// Why reports cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    #[error("`{given}` is not FORMAT=FILE; write for example --output {example}")]
    NotAssigned { given: String, example: &'static str },
    /// `suggestion` is as [`did_you_mean`] says it.
    #[error("there is no format `{name}`{suggestion}")]
    UnknownFormat { name: String, suggestion: String },
    #[error("two reports would go to {0}; give each its own file")]
    SamePlace(Destination),
    #[error("cannot write {0}: it is an input of this run; give the report another file")]
    IsInput(Destination),
    #[error("cannot write {destination}")]
    Write { destination: Destination, source: io::Error },
}

impl<F: Formats> FromStr for Output<F> {
    type Err = OutputError;

    fn from_str(text: &str) -> Result<Self, OutputError> {
        match text.split_once('=') {
            Some((format, destination)) if !destination.is_empty() => {
                let destination = match destination {
                    // The names of it replace what a shell sends it to, where that is a file.
                    "-" | "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => Destination::Stdout,
                    file => Destination::File(PathBuf::from(file)),
                };
                Ok(Self { format: format_named(format)?, destination })
            }
            _ => Err(OutputError::NotAssigned { given: text.to_owned(), example: F::EXAMPLE }),
        }
    }
}

fn format_named<F: Formats>(name: &str) -> Result<F, OutputError> {
    F::from_str(name, false).map_err(|_| {
        let known: Vec<String> = F::value_variants().iter().map(|format| format.name()).collect();
        let suggestion = did_you_mean(name, known.iter().map(String::as_str));
        OutputError::UnknownFormat { name: name.to_owned(), suggestion }
    })
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// What is written, with where it goes: reporters, which are handed everything one after the other.
pub struct Outputs<'w, T = Box<dyn Reporter>> {
    sinks: Vec<Sink<'w, T>>,
}

struct Sink<'w, T> {
    what: T,
    destination: Destination,
    writer: Writer<'w>,
}

enum Writer<'w> {
    Stdout(&'w mut dyn Write),
    File(Written),
    /// Who read standard output has gone away. That is no error, and files are still to be written.
    Gone,
}

impl<'w, T> Outputs<'w, T> {
    /// `format` is what goes to `stdout`: the default when it is not given, unless one of `outputs` goes there. `make`
    /// gets a format and whether it goes to a file.
    ///
    /// # Errors
    /// When two would go to one place, or a file cannot be made.
    pub fn open<F: Formats>(
        format: Option<F>,
        outputs: &[Output<F>],
        stdout: &'w mut dyn Write,
        make: impl Fn(F, bool) -> T,
    ) -> Result<Self, OutputError> {
        let to_stdout = |output: &&Output<F>| output.destination == Destination::Stdout;
        let on_stdout: Vec<F> =
            format.into_iter().chain(outputs.iter().filter(to_stdout).map(|output| output.format)).collect();
        let format = match on_stdout.as_slice() {
            [] => F::DEFAULT,
            [one] => *one,
            _ => return Err(OutputError::SamePlace(Destination::Stdout)),
        };
        let (what, writer) = (make(format, false), Writer::Stdout(stdout));
        let mut sinks = vec![Sink { what, destination: Destination::Stdout, writer }];
        let mut places = Vec::new();
        for output in outputs {
            let Destination::File(path) = &output.destination else { continue };
            let failed = |source| OutputError::Write { destination: output.destination.clone(), source };
            let place = place(path).map_err(failed)?;
            if places.contains(&place) {
                return Err(OutputError::SamePlace(output.destination.clone()));
            }
            places.push(place);
            sinks.push(Sink {
                what: make(output.format, true),
                destination: output.destination.clone(),
                writer: Writer::File(Written::create(path).map_err(failed)?),
            });
        }
        Ok(Self { sinks })
    }

    /// Refuses to replace what is read.
    ///
    /// # Errors
    /// When one of `inputs` is where a report goes.
    pub fn spare<'p>(&self, inputs: impl IntoIterator<Item = &'p Path>) -> Result<(), OutputError> {
        let files: Vec<(&Destination, PathBuf)> = self
            .sinks
            .iter()
            .filter_map(|sink| match &sink.destination {
                Destination::File(path) => Some((&sink.destination, place(path).ok()?)),
                Destination::Stdout => None,
            })
            .collect();
        for input in inputs {
            // Looking up where a file really is costs a call for each part of its path.
            let alike = files.iter().filter(|(_, file)| file.file_name() == input.file_name() || input.is_symlink());
            for (destination, file) in alike {
                if place(input).is_ok_and(|input| input == *file) {
                    return Err(OutputError::IsInput((*destination).clone()));
                }
            }
        }
        Ok(())
    }

    /// Nobody is left who would read what is still to come.
    pub fn is_abandoned(&self) -> bool {
        self.sinks.iter().all(|sink| matches!(sink.writer, Writer::Gone))
    }

    /// Hands something to each.
    ///
    /// # Errors
    /// When one cannot be written to; likewise below.
    pub fn each(&mut self, mut write: impl FnMut(&mut T, &mut dyn Write) -> io::Result<()>) -> Result<(), OutputError> {
        for sink in &mut self.sinks {
            let what = &mut sink.what;
            let written = match &mut sink.writer {
                // What is found is seen at once, also in a pipe.
                Writer::Stdout(out) => write(what, *out).and_then(|()| out.flush()),
                Writer::File(file) => write(what, file),
                Writer::Gone => Ok(()),
            };
            match written {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe && sink.destination == Destination::Stdout => {
                    sink.writer = Writer::Gone;
                }
                Err(source) => {
                    return Err(OutputError::Write { destination: sink.destination.clone(), source });
                }
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Moves the files to their places, now that all of them are written.
    pub fn commit(self) -> Result<(), OutputError> {
        for Sink { destination, writer, .. } in self.sinks {
            if let Writer::File(file) = writer {
                file.commit().map_err(|source| OutputError::Write { destination, source })?;
            }
        }
        Ok(())
    }
}

impl<'w> Outputs<'w> {
    /// Reports, of which those in files have no colours and no terminal to fit.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub fn of_reports(
        format: Option<Format>,
        outputs: &[Output],
        settings: &Settings,
        stdout: &'w mut dyn Write,
    ) -> Result<Self, OutputError> {
        let in_files = Settings { style: super::text::Style::default(), ..settings.clone() };
        let make = |format: Format, is_file| format.reporter(if is_file { &in_files } else { settings });
        Self::open(format, outputs, stdout, make)
    }

    /// Before the first judgement.
    ///
    /// # Errors
    /// When one cannot be written to; likewise below.
    pub fn begin(&mut self) -> Result<(), OutputError> {
        self.each(|reporter, out| reporter.begin(out))
    }

    pub fn judgement(&mut self, judgement: &Judgement) -> Result<(), OutputError> {
        let input = judgement.origin.file();
        // The report of an earlier run quotes flags, and may have been found as a set-up.
        if !is_report(input.text()) {
            self.spare([Path::new(input.name())])?;
        }
        self.each(|reporter, out| reporter.judgement(judgement, out))
    }

    /// Writes the ends; then, when all of them are written, moves the files to their places.
    pub fn finish(mut self, summary: &Summary) -> Result<(), OutputError> {
        self.each(|reporter, out| reporter.finish(summary, out))?;
        self.commit()
    }
}

impl<T> fmt::Debug for Outputs<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sinks.iter().map(|sink| &sink.destination)).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::report::testing::{judgement, settings};

    fn report(format: Option<Format>, outputs: &[Output], stdout: &mut dyn Write) -> Result<(), OutputError> {
        let judgement = judgement();
        let mut summary = Summary::default();
        summary.count(&judgement);
        let mut outputs = Outputs::of_reports(format, outputs, &settings(), stdout)?;
        outputs.begin()?;
        outputs.judgement(&judgement)?;
        outputs.finish(&summary)
    }

    fn output(format: Format, path: impl Into<PathBuf>) -> Output {
        Output { format, destination: Destination::File(path.into()) }
    }

    #[test]
    fn every_format_is_written_to_its_place() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("results.json");
        let mut stdout = Vec::new();
        report(Some(Format::Concise), &[output(Format::Json, &file)], &mut stdout).unwrap();
        assert!(String::from_utf8(stdout).unwrap().contains("error[ca-reused]"));
        let json: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        assert_eq!(json["summary"]["errors"], 1);
    }

    #[test]
    fn without_a_format_text_goes_to_standard_output_unless_another_does() {
        let mut stdout = Vec::new();
        report(None, &[], &mut stdout).unwrap();
        assert!(stdout.starts_with(b"error[ca-reused]"));
        stdout.clear();
        report(None, &["json=-".parse::<Output>().unwrap()], &mut stdout).unwrap();
        assert!(stdout.starts_with(b"{"));
    }

    #[test]
    fn two_reports_do_not_share_a_place() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (directory.path().join("x"), directory.path().join(".").join("x"));
        let same = [output(Format::Json, one), output(Format::Concise, other)];
        let error = report(None, &same, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().starts_with("two reports would go to "), "{error}");
        let error = report(Some(Format::Text), &["json=-".parse::<Output>().unwrap()], &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "two reports would go to standard output; give each its own file");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_output_is_refused_with_an_example() {
        for text in ["sarif", "sarif=", "results.sarif"] {
            assert!(text.parse::<Output>().unwrap_err().to_string().contains("--output sarif=results.sarif"), "{text}");
        }
        let error = "sariv=x".parse::<Output>().unwrap_err().to_string();
        assert!(error.contains("did you mean `sarif`?"), "{error}");
    }

    #[test]
    fn files_are_still_written_when_nobody_reads_standard_output() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("results.json");
        report(None, &[output(Format::Json, &file)], &mut Closed).unwrap();
        assert!(file.exists());
    }

    #[test]
    fn no_file_appears_when_one_cannot_be_finished() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("results.json");
        let full = output(Format::Json, "/dev/full");
        assert!(report(None, &[output(Format::Json, &file), full], &mut Vec::new()).is_err());
        assert!(!file.exists());
    }
}
