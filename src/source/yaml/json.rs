//! JSON by its own grammar. YAML is nearly a superset, but not of surrogate pairs (`\ud83d\ude00`) nor of tabs.

use super::{Content, DEPTH_LIMIT, Entry, Node, YamlError};
use crate::source::template::{Gaps, Template};
use crate::text::{Origin, Text};

/// One value after the other, as kubectl takes them.
pub(super) fn parse(template: &Template) -> Result<Vec<Node>, YamlError> {
    let mut reader = Reader { template, gaps: template.gaps(), string: template.text().as_str(), at: 0 };
    let mut values = Vec::new();
    reader.skip_blanks();
    while reader.at < reader.string.len() {
        values.push(reader.value(0)?);
        reader.skip_blanks();
    }
    Ok(values)
}

struct Reader<'a> {
    template: &'a Template,
    gaps: Gaps,
    string: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Result<Node, YamlError> {
        if depth > DEPTH_LIMIT {
            return Err(YamlError::TooDeep { origin: self.origin(self.at..self.at) });
        }
        let start = self.at;
        let mut size = 1;
        let content = match self.peek() {
            Some('{') => Content::Mapping(self.list('}', |reader| {
                let key = reader.string()?;
                reader.skip_blanks();
                reader.expect(':')?;
                reader.skip_blanks();
                let value = reader.value(depth + 1)?;
                size += 1 + value.size;
                Ok(Entry { key, value })
            })?),
            Some('[') => Content::Sequence(self.list(']', |reader| {
                let value = reader.value(depth + 1)?;
                size += value.size;
                Ok(value)
            })?),
            Some('"') => Content::Scalar(self.string()?),
            _ => self.literal()?,
        };
        let range = start..self.at;
        let gaps = self.gaps.within(range.clone(), range.end);
        Ok(Node { content, origin: self.origin(range), tagged: false, gaps, plain: false, size })
    }

    fn list<T>(
        &mut self,
        close: char,
        mut item: impl FnMut(&mut Self) -> Result<T, YamlError>,
    ) -> Result<Vec<T>, YamlError> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            self.skip_blanks();
            if self.peek() == Some(close) {
                self.at += 1;
                return Ok(items);
            }
            self.expect(',')?;
            self.skip_blanks();
        }
    }

    fn string(&mut self) -> Result<Text, YamlError> {
        self.expect('"')?;
        let source = self.template.text();
        let mut text = source.slice(self.at..self.at);
        loop {
            let rest = self.rest();
            let run = rest.find(['"', '\\']).ok_or_else(|| self.unexpected("the end of this string is missing"))?;
            text.push(source, self.at..self.at + run);
            self.at += run;
            if self.peek() == Some('"') {
                self.at += 1;
                return Ok(self.template.restore(text));
            }
            let (decoded, len) = escape(self.rest()).ok_or_else(|| self.unexpected("JSON has no such escape"))?;
            text.push_decoded(decoded.encode_utf8(&mut [0; 4]), source, self.at..self.at + len);
            self.at += len;
        }
    }

    /// A number, `true`, `false` or `null`; also what a template leaves where one of them would stand.
    fn literal(&mut self) -> Result<Content, YamlError> {
        let rest = self.rest();
        let len = rest.find(|c: char| c.is_whitespace() || ",:]}\"{[".contains(c)).unwrap_or(rest.len());
        let literal = rest.get(..len).unwrap_or_default();
        let templated = literal.chars().all(|character| self.template.is_placeholder(character));
        let number = literal.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
        if literal.is_empty() || !(matches!(literal, "true" | "false" | "null") || number || templated) {
            return Err(self.unexpected("JSON has no such value"));
        }
        let text = self.template.text().slice(self.at..self.at + len);
        self.at += len;
        if literal == "null" { Ok(Content::Null) } else { Ok(Content::Scalar(self.template.restore(text))) }
    }

    fn expect(&mut self, character: char) -> Result<(), YamlError> {
        if self.peek() != Some(character) {
            return Err(self.unexpected(&format!("expected `{character}`")));
        }
        self.at += character.len_utf8();
        Ok(())
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn rest(&self) -> &'a str {
        self.string.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn unexpected(&self, message: &str) -> YamlError {
        YamlError::Syntax { origin: self.origin(self.at..self.at), message: message.to_owned() }
    }

    fn origin(&self, range: std::ops::Range<usize>) -> Origin {
        self.template.text().origin_of(range)
    }
}

/// The escape at the beginning of `rest` and its length.
fn escape(rest: &str) -> Option<(char, usize)> {
    let code = |from: usize| rest.get(from..from + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let decoded = match rest.chars().nth(1)? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        same @ ('"' | '\\' | '/') => same,
        'u' => {
            let first = code(2)?;
            if let Some(character) = char::from_u32(first) {
                return Some((character, 6));
            }
            // Half of a surrogate pair; alone it is what Go makes of it.
            let second = rest.get(6..8).filter(|escape| *escape == "\\u").and_then(|_| code(8));
            let low = second.filter(|low| (0xdc00..0xe000).contains(low) && first < 0xdc00);
            let pair = low.map(|low| 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00)).and_then(char::from_u32);
            return Some(pair.map_or(('\u{fffd}', 6), |character| (character, 12)));
        }
        _ => return None,
    };
    Some((decoded, 2))
}
