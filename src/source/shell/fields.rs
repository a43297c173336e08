//! Parts of words to arguments, as a shell splits them.

use super::script::Field;
use crate::text::Text;

/// Arguments in the making.
#[derive(Default)]
pub(super) struct Fields {
    done: Vec<Field>,
    current: Option<Field>,
}

impl Fields {
    pub(super) fn add(&mut self, text: &Text, opaque: bool, quoted: bool) {
        let unknown = opaque;
        match &mut self.current {
            Some(field) => {
                field.text.append(text);
                field.opaque |= opaque;
                field.unknown &= unknown || text.is_empty();
                field.quoted |= quoted;
            }
            None => self.current = Some(Field { text: text.clone(), opaque, unknown, quoted }),
        }
    }

    pub(super) fn literal(&mut self, text: &Text, quoted: bool) {
        if quoted && text.is_empty() && self.current.is_none() {
            // `""` makes an argument; `"$X"` is nothing but its variable.
            self.current = Some(Field { text: text.clone(), opaque: false, unknown: true, quoted: true });
        } else if quoted || !text.is_empty() {
            self.add(text, false, quoted);
        }
    }

    pub(super) fn opaque(&mut self, text: &Text, quoted: bool) {
        self.add(text, true, quoted);
    }

    /// An unquoted value: blanks separate.
    pub(super) fn split(&mut self, text: &Text) {
        let string = text.as_str();
        let mut at = 0;
        while let Some(rest) = string.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with([' ', '\t', '\n', '\r']) {
                self.done.extend(self.current.take());
                at += 1;
                continue;
            }
            let length = rest.find([' ', '\t', '\n', '\r']).unwrap_or(rest.len());
            self.add(&text.slice(at..at + length), false, false);
            at += length;
        }
    }

    /// Each element an argument; what stands before and behind is glued to the first and the last.
    pub(super) fn list(&mut self, list: &[Field]) {
        for (index, field) in list.iter().enumerate() {
            if index > 0 {
                self.done.extend(self.current.take());
            }
            self.add(&field.text, field.opaque, field.quoted);
            if let Some(current) = &mut self.current {
                current.unknown = field.unknown;
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<Field> {
        self.done.extend(self.current.take());
        for field in &mut self.done {
            field.unknown &= field.opaque;
        }
        self.done
    }
}
