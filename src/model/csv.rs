//! The one CSV record that pflag reads a list's value as (`readAsCSV` in spf13/pflag's `string_slice.go`).
//!
//! A faithful reader of Go's `encoding/csv` with its default settings: comma, no comments, no lazy quotes.

use crate::text::{Located, Text};

/// Why Go's reader gives up; the texts are Go's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CsvError {
    /// There are only line breaks.
    #[error("EOF")]
    EndOfFile,
    #[error("{}", .0.message("bare \" in non-quoted-field"))]
    BareQuote(Place),
    #[error("{}", .0.message("extraneous or missing \" in quoted-field"))]
    Quote(Place),
}

/// Lines and columns from 1; columns count bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    start_line: usize,
    line: usize,
    column: usize,
}

impl Place {
    fn message(&self, error: &str) -> String {
        let Self { start_line, line, column } = self;
        if start_line == line {
            format!("parse error on line {line}, column {column}: {error}")
        } else {
            format!("record on line {start_line}; parse error on line {line}, column {column}: {error}")
        }
    }
}

/// The fields of the first record, each with its place. An empty value has none.
pub(super) fn read_record(value: &Text) -> Result<Vec<Located<String>>, CsvError> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    Reader { value, offset: 0, line_number: 0 }.record()
}

struct Reader<'a> {
    value: &'a Text,
    /// Where the next line begins.
    offset: usize,
    line_number: usize,
}

/// A line without its end, and whether it had one (`\n` or `\r\n`).
#[derive(Clone, Copy)]
struct Line<'a> {
    start: usize,
    content: &'a str,
    ended: bool,
}

impl<'a> Reader<'a> {
    fn line(&mut self) -> Option<Line<'a>> {
        let start = self.offset;
        let rest = self.value.as_str().get(start..).filter(|rest| !rest.is_empty())?;
        self.line_number += 1;
        let (content, ended) = match rest.split_once('\n') {
            Some((content, _)) => (content, true),
            None => (rest, false),
        };
        self.offset += content.len() + usize::from(ended);
        Some(Line { start, content: content.strip_suffix('\r').unwrap_or(content), ended })
    }

    fn record(&mut self) -> Result<Vec<Located<String>>, CsvError> {
        let mut line = loop {
            let line = self.line().ok_or(CsvError::EndOfFile)?;
            if !line.content.is_empty() {
                break line;
            }
        };
        let start_line = self.line_number;
        let mut column = 0;
        let mut fields = Vec::new();
        loop {
            let rest = line.content.get(column..).unwrap_or_default();
            if rest.starts_with('"') {
                let (field, end_line, end) = self.quoted_field(line, column, start_line)?;
                fields.push(field);
                (line, column) = (end_line, end);
                if line.content.get(column..).is_some_and(|rest| rest.starts_with(',')) {
                    column += 1;
                    continue;
                }
                return Ok(fields);
            }
            let field = rest.split(',').next().unwrap_or_default();
            if let Some(quote) = field.find('"') {
                let column = column + quote + 1;
                return Err(CsvError::BareQuote(Place { start_line, line: self.line_number, column }));
            }
            fields.push(self.value.slice(line.start + column..line.start + column + field.len()).to_located());
            if field.len() == rest.len() {
                return Ok(fields);
            }
            column += field.len() + 1;
        }
    }

    /// A field that begins with a quote at `column` of `line`; also where it ended: at a comma or a line's end.
    fn quoted_field(
        &mut self,
        mut line: Line<'a>,
        start: usize,
        start_line: usize,
    ) -> Result<(Located<String>, Line<'a>, usize), CsvError> {
        let begin = line.start + start;
        let mut string = String::new();
        let mut column = start + 1;
        loop {
            let rest = line.content.get(column..).unwrap_or_default();
            let Some(quote) = rest.find('"') else {
                string.push_str(rest);
                if line.ended {
                    string.push('\n');
                }
                let number = self.line_number;
                // A lone `\r` at the very end is no line.
                let Some(next) = self.line().filter(|next| next.ended || !next.content.is_empty()) else {
                    // Go counts the line's end as a column too.
                    let column = line.content.len() + usize::from(line.ended) + 1;
                    return Err(CsvError::Quote(Place { start_line, line: number, column }));
                };
                (line, column) = (next, 0);
                continue;
            };
            string.push_str(rest.get(..quote).unwrap_or_default());
            column += quote + 1;
            let after = line.content.get(column..).unwrap_or_default();
            if after.starts_with('"') {
                string.push('"');
                column += 1;
            } else if after.is_empty() || after.starts_with(',') {
                let field = Located::new(string, self.value.origin_of(begin..line.start + column));
                return Ok((field, line, column));
            } else {
                return Err(CsvError::Quote(Place { start_line, line: self.line_number, column }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceFile;

    fn read(value: &str) -> Result<Vec<String>, String> {
        let text = Text::of(&SourceFile::new("value", value));
        match read_record(&text) {
            Ok(fields) => Ok(fields.into_iter().map(|field| field.value).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// What Go's `encoding/csv` answered to each value, recorded.
    #[test]
    fn reads_what_go_reads() {
        #[derive(serde::Deserialize)]
        struct Case {
            value: String,
            fields: Option<Vec<String>>,
            error: Option<String>,
        }
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../fixtures/go-csv.json")).unwrap();
        assert!(cases.len() > 300, "only {} cases", cases.len());
        assert!(cases.iter().any(|case| case.error.is_some()));
        for case in cases {
            assert_eq!(read(&case.value), case.fields.ok_or(case.error.unwrap_or_default()), "{:?}", case.value);
        }
    }

    #[test]
    fn each_field_knows_its_place() {
        let text = Text::of(&SourceFile::new("value", "a,\"b\"\"c\", d"));
        let fields = read_record(&text).unwrap();
        let places: Vec<&str> = fields.iter().map(|field| field.origin.source()).collect();
        assert_eq!(places, ["a", "\"b\"\"c\"", " d"]);
        assert_eq!(fields[1].value, "b\"c");
    }
}
