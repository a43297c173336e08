//! Values as `helm --set` takes them: `a.b=c,d[0]=e,f={g,h}`, where a backslash makes the next character mean itself
//! (helm.sh/helm, pkg/strvals, `parser.key` and `runesUntil`).

use crate::text::Text;

/// `path=value`.
pub(super) struct Setting {
    pub(super) path: Text,
    /// The value as it is written.
    pub(super) whole: Text,
    /// Those of a list, or the value alone, without backslashes.
    pub(super) items: Vec<Text>,
    pub(super) is_list: bool,
    /// Helm ends with an error here.
    pub(super) is_refused: bool,
}

pub(super) fn read(text: &Text) -> Vec<Setting> {
    let mut found: Vec<Setting> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (path, end) = until(text, at, &['=', ',']);
        at = end + 1;
        if text.as_str().get(end..).is_none_or(|rest| !rest.starts_with('=')) {
            // A key without a value.
            found.iter_mut().for_each(|before| before.is_refused = true);
            continue;
        }
        let setting = value(text, path, at);
        at += setting.whole.len() + 1;
        found.push(setting);
    }
    found
}

fn value(text: &Text, path: Text, start: usize) -> Setting {
    if !text.as_str().get(start..).is_some_and(|rest| rest.starts_with('{')) {
        let (item, end) = until(text, start, &[',']);
        let whole = text.slice(start..end);
        return Setting { path, whole, items: vec![item], is_list: false, is_refused: false };
    }
    let (mut items, mut at) = (Vec::new(), start + 1);
    loop {
        let (item, end) = until(text, at, &[',', '}']);
        items.push(item);
        at = end + 1;
        if !text.as_str().get(end..).is_some_and(|rest| rest.starts_with(',')) {
            let is_refused = end >= text.len();
            let whole = text.slice(start..at.min(text.len()));
            return Setting { path, whole, items, is_list: true, is_refused };
        }
    }
}

/// What stands before the first of these characters that no backslash stands before, without backslashes, and where it ends.
fn until(text: &Text, start: usize, ends: &[char]) -> (Text, usize) {
    let mut out = text.slice(start..start);
    let mut characters = text.as_str().get(start..).unwrap_or_default().char_indices();
    while let Some((at, character)) = characters.next() {
        let behind = |at: usize, character: char| start + at..start + at + character.len_utf8();
        match character {
            '\\' => {
                if let Some((at, escaped)) = characters.next() {
                    out.push(text, behind(at, escaped));
                }
            }
            end if ends.contains(&end) => return (out, start + at),
            other => out.push(text, behind(at, other)),
        }
    }
    (out, text.len())
}
