//! The code blocks of Markdown, and quoted text.

use crate::text::Text;

/// Words of which a quotation has one when it holds anything of ours.
const OURS: [&str; 3] = ["--", "apiserver", "ExecStart"];

/// The code blocks, fenced and indented, and quotations; the whole text when there is no fence, so that it is not told
/// from other texts. The marks of quotations (`> `), and of a shell's second prompt, are taken away.
pub(super) fn code_blocks(text: &Text) -> Vec<Text> {
    if text.as_str().starts_with("#!") {
        return vec![text.clone()];
    }
    let (text, quoted) = without_marks(text);
    let mut blocks = Blocks { text: &text, found: Vec::new(), open: None, loose: None, fences: 0, blank_before: true };
    let mut at = 0;
    for (line, quoted) in text.as_str().split_inclusive('\n').zip(quoted) {
        blocks.line(line, at, quoted);
        at += line.len();
    }
    let rest = blocks.open.map(|(_, start)| start).or(blocks.loose.map(|(start, _)| start));
    if let Some(start) = rest {
        blocks.found.push(text.slice(start..text.len()));
    }
    if blocks.fences > 0 { blocks.found } else { vec![text] }
}

/// Whether a text has a fence at the beginning of a line, where neither YAML (1.2.2, section 5.3) nor a shell has one.
pub(in crate::source) fn is_document(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("```"))
}

struct Blocks<'a> {
    text: &'a Text,
    found: Vec<Text>,
    open: Option<(Fence, usize)>,
    /// The start of a block without fences, and whether it is a quotation.
    loose: Option<(usize, bool)>,
    fences: usize,
    blank_before: bool,
}

impl Blocks<'_> {
    fn line(&mut self, line: &str, at: usize, quoted: bool) {
        if let Some((fence, start)) = self.open {
            if fence.is_closed_by(line) {
                self.found.push(self.text.slice(start..at));
                self.open = None;
            }
            return;
        }
        let fence = Fence::opened_by(line);
        let blank = line.trim().is_empty();
        let indented = line.starts_with("    ") || line.starts_with('\t');
        let ends = |of_quotation: bool| match of_quotation {
            true => !quoted || fence.is_some(),
            false => !blank && (!indented || quoted || fence.is_some()),
        };
        if let Some((start, _)) = self.loose.filter(|(_, of_quotation)| ends(*of_quotation)) {
            self.found.push(self.text.slice(start..at));
            self.loose = None;
        }
        if let Some(fence) = fence {
            self.fences += 1;
            self.open = Some((fence, at + line.len()));
        } else if quoted {
            self.loose.get_or_insert((at, true));
        } else if indented && self.blank_before && !blank {
            self.loose.get_or_insert((at, false));
        }
        self.blank_before = blank;
    }
}

/// The text without the marks of quoted lines, and of each line whether it had one.
fn without_marks(text: &Text) -> (Text, Vec<bool>) {
    let lines: Vec<&str> = text.as_str().split_inclusive('\n').collect();
    let mut marks: Vec<usize> = lines.iter().map(|line| mark(line)).collect();
    let mut from = 0;
    while from < lines.len() {
        let length = marks.iter().skip(from).take_while(|mark| **mark > 0).count();
        let run = || lines.iter().zip(&marks).skip(from).take(length);
        let before = from.checked_sub(1).and_then(|before| lines.get(before));
        // Behind a backslash it may be a redirection, unless every line goes on with a flag: a second prompt.
        let goes_on = before.is_some_and(|line| line.trim_end().ends_with('\\'));
        let content = |(line, mark): (&&str, &usize)| line.get(*mark..).unwrap_or_default().trim_start().to_owned();
        let quotation = match goes_on {
            true => run().all(|pair| content(pair).starts_with('-')),
            false => run().any(|(line, _)| OURS.iter().any(|word| line.contains(word))),
        };
        if !quotation {
            marks.iter_mut().skip(from).take(length).for_each(|mark| *mark = 0);
        }
        from += length + 1;
    }
    let mut rest = text.slice(0..0);
    let mut at = 0;
    for (line, mark) in lines.iter().zip(&marks) {
        rest.push(text, at + mark..at + line.len());
        at += line.len();
    }
    (rest, marks.into_iter().map(|mark| mark > 0).collect())
}

/// The length of the marks `> `, `> > ` at the beginning of a line.
fn mark(line: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = line.get(at..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        match rest.get(blanks..).and_then(|rest| rest.strip_prefix('>')) {
            Some(inside) if blanks <= 3 && (inside.starts_with([' ', '>', '\n', '\r']) || inside.is_empty()) => {
                at += blanks + 1 + usize::from(inside.starts_with(' '));
            }
            _ => return at,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Fence {
    character: char,
    length: usize,
}

impl Fence {
    fn opened_by(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let character = line.chars().next().filter(|first| matches!(first, '`' | '~'))?;
        let length = line.len() - line.trim_start_matches(character).len();
        // Inline code may begin a line: ```` ```a``` ````.
        let info = line.get(length..).unwrap_or_default();
        (length >= 3 && !info.contains('`')).then_some(Self { character, length })
    }

    fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim();
        let length = line.len() - line.trim_start_matches(self.character).len();
        length >= self.length && length == line.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceFile;

    fn blocks(text: &str) -> Vec<String> {
        code_blocks(&Text::of(&SourceFile::new("x.md", text))).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn fences_are_matched_by_kind_and_length() {
        assert_eq!(blocks("a\n```sh\none\n```\nb\n~~~~\n```\n~~~~\n"), ["one\n", "```\n"]);
        assert_eq!(blocks("- x\n  ``` bash\n  one\n  ```\n"), ["  one\n"]);
        assert_eq!(blocks("```\nopen\n"), ["open\n"]);
    }

    #[test]
    fn indented_blocks_count_where_there_are_fences() {
        assert_eq!(blocks("a\n\n    one\n\n    two\nb\n```\nx\n```\n"), ["    one\n\n    two\n", "x\n"]);
        assert_eq!(blocks("a\n\n    one\n"), ["a\n\n    one\n"]);
    }

    #[test]
    fn marks_of_quotations_are_taken_away() {
        assert_eq!(blocks("My flags:\n\n> kube-apiserver \\\n> --a=b\n"), ["My flags:\n\nkube-apiserver \\\n--a=b\n"]);
        assert_eq!(
            blocks("> > x --a\n> ```\n> --b\n> ```\n"),
            ["> x --a\n", "--b\n"].map(|x| x.trim_start_matches("> "))
        );
        assert_eq!(blocks("$ kube-apiserver \\\n> --a \\\n> --b\n"), ["$ kube-apiserver \\\n--a \\\n--b\n"]);
        let redirection = "kube-apiserver --a \\\n > /var/log/x 2>&1\n";
        assert_eq!(blocks(redirection), [redirection]);
    }
}
