//! JSON that is safe to look at: what a terminal, a runner or a reader's eye would obey stands there as an escape.
//!
//! RFC 8259, section 7, wants escapes for C0 alone; C1 controls and bidirectional ones reach a terminal otherwise. The
//! values that a program reads stay the same.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::printable::is_obeyed;

/// On one line.
///
/// # Errors
/// Those of the writer; likewise below.
pub fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Escaping(CompactFormatter))).map_err(io::Error::from)
}

/// Indented.
///
/// # Errors
/// As [`write()`].
pub fn write_pretty(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Escaping(PrettyFormatter::new()))).map_err(io::Error::from)
}

/// On one line.
pub fn to_string(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    // Memory does not refuse, and no value of ours does.
    let _ = write(&mut bytes, value);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Who has written a document.
#[derive(Debug, Serialize)]
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub const OURS: Self = Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
}

struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        let mut before = ' ';
        for (at, character) in fragment.char_indices() {
            // `##[` is a command to Azure's runners, wherever it stands.
            if is_obeyed(character) || (character == '#' && before == '#') {
                out.write_all(fragment.get(written..at).unwrap_or_default().as_bytes())?;
                written = at + character.len_utf8();
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            before = character;
        }
        out.write_all(fragment.get(written..).unwrap_or_default().as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use serde_json::{Value, json};

    /// What a JSON schema finds fault with in a document, which may have no field that it does not name.
    pub(crate) fn faults(schema: &str, written: &str) -> Vec<String> {
        let [schema, written] = [schema, written].map(|text| serde_json::from_str(text).unwrap());
        let validator = jsonschema::validator_for(&closed(schema)).unwrap();
        validator.iter_errors(&written).map(|error| error.to_string()).collect()
    }

    fn closed(mut schema: Value) -> Value {
        if let Some(object) = schema.as_object_mut() {
            if object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
            for value in object.values_mut() {
                *value = closed(value.take());
            }
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_obeyed_is_escaped_and_read_back_the_same() {
        let hostile = "a\u{9b}31m\u{202e}\u{2066}\u{7f}\u{e0041}\u{feff}##[error]x \"\\ \n é 前端";
        let written = to_string(&hostile);
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), hostile);
        assert!(written.chars().all(|character| !character.is_control() && !is_obeyed(character)), "{written}");
        assert!(!written.contains("##["), "{written}");
    }

    #[test]
    fn the_layout_is_that_of_serde() {
        let value = serde_json::json!({"a": [1, {"b": null}], "c": {}, "d": []});
        let mut pretty = Vec::new();
        write_pretty(&mut pretty, &value).unwrap();
        assert_eq!(String::from_utf8(pretty).unwrap(), serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(to_string(&value), value.to_string());
    }
}
