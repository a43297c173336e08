//! Ignores beside what they accept: `# aggcert: ignore[key-permissions] the lab has one user`, in YAML and shell.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lint::finding::Finding;
use crate::source::InputFormat;
use crate::text::{Origin, SourceFile};

/// Lines above a finding that are looked at: the rest of its command, and comments.
const MOST_LINES: usize = 100;

/// One such comment.
#[derive(Debug, Clone)]
pub struct Comment {
    /// The ids of rules, as written.
    pub rules: Vec<String>,
    /// Why the findings are accepted; without it, they are not.
    pub reason: String,
    pub origin: Origin,
}

impl Comment {
    /// All of a file, by their lines.
    pub(super) fn all_in(file: &Arc<SourceFile>) -> BTreeMap<usize, Self> {
        let mut lines: Vec<usize> = file.text().match_indices("aggcert:").map(|(at, _)| file.position(at).0).collect();
        lines.dedup();
        lines.into_iter().filter_map(|line| Some((line, Self::in_line(file, line)?))).collect()
    }

    /// Of all comments of its file, those on the line that a finding points at, on lines of comments above it, and above
    /// the text that it is in the middle of.
    pub(super) fn beside<'a>(
        all: &'a BTreeMap<usize, Self>,
        finding: &Finding,
        format: Option<InputFormat>,
    ) -> Vec<&'a Self> {
        if all.is_empty() {
            return Vec::new();
        }
        let file = finding.origin.file();
        let (line, _) = finding.origin.start();
        let lines = Lines { file, least: line.saturating_sub(MOST_LINES).max(1) };
        // What a ConfigMap holds is what a cluster sent: it does not say what is accepted, whoever wrote the file does.
        let is_data = format == Some(InputFormat::ConfigMap);
        let (line, is_header) = match lines.header_of_scalar(line, is_data) {
            Some(header) => (header, true),
            None => (line, false),
        };
        let mut places = vec![line];
        places.extend(lines.comments_above(line));
        if !is_header && let Some(head) = lines.head_of_command(line) {
            places.extend(lines.comments_above(head));
        }
        places.dedup();
        places.into_iter().filter_map(|line| all.get(&line)).collect()
    }

    pub(super) fn accepts(&self, rule: &str) -> bool {
        !self.reason.is_empty() && self.rules.iter().any(|id| id == rule)
    }

    fn in_line(file: &Arc<SourceFile>, line: usize) -> Option<Self> {
        let range = file.line_range(line);
        let text = file.line(line);
        // As YAML 1.2.2 (section 6.6) and shells have it, white space stands before the sign. A comment about such
        // comments is none.
        let mut signs = text
            .match_indices('#')
            .filter(|(at, _)| text.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t'])));
        let of_ours = |at: usize| text.get(at + 1..)?.trim_start().strip_prefix("aggcert:");
        let (at, rest) = match is_comment(text) {
            true => signs.next().and_then(|(at, _)| Some((at, of_ours(at)?))),
            false => signs.find_map(|(at, _)| Some((at, of_ours(at)?))),
        }?;
        let rest = rest.trim_start().strip_prefix("ignore")?;
        let (rules, reason) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap_or(("", ""));
        Some(Self {
            rules: rules.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            reason: reason.trim().to_owned(),
            origin: Origin::new(file, range.start + at..range.end),
        })
    }
}

/// The lines above a finding.
struct Lines<'a> {
    file: &'a SourceFile,
    /// The first that is looked at.
    least: usize,
}

impl Lines<'_> {
    /// The lines of comments that stand directly above a line, the nearest first.
    fn comments_above(&self, line: usize) -> impl Iterator<Item = usize> {
        (self.least..line).rev().take_while(|above| is_comment(self.file.line(*above)))
    }

    /// The first line of the command that goes on in a line. No comment can stand inside of a shell's, and one inside of
    /// a unit's (systemd.syntax(7)) is about the line that follows it.
    fn head_of_command(&self, line: usize) -> Option<usize> {
        let mut head = None;
        for above in (self.least..line).rev() {
            let text = self.file.line(above);
            if is_comment(text) {
                continue;
            }
            if !text.ends_with('\\') {
                break;
            }
            head = Some(above);
        }
        head
    }

    /// The line with the key or the dash of the block scalar that a line is in: of a folded one (`>`), which is one line
    /// of text, or, of data, of any.
    fn header_of_scalar(&self, line: usize, is_data: bool) -> Option<usize> {
        let indentation = indentation_of(self.file.line(line));
        let mut above = (self.least..line).rev().filter(|above| !self.file.line(*above).trim().is_empty());
        let header = above.find(|above| indentation_of(self.file.line(*above)) < indentation)?;
        let text = without_comment(self.file.line(header));
        let sign = text.trim_end_matches(|of: char| of.is_ascii_digit() || of == '+' || of == '-');
        let before = sign.strip_suffix('>').or_else(|| sign.strip_suffix('|').filter(|_| is_data))?;
        before.ends_with([' ', '\t']).then_some(header)
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn indentation_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn without_comment(line: &str) -> &str {
    line.split(" #").next().unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Severity;
    use crate::lint::testing::judgements;

    fn read(text: &str) -> Vec<(Vec<String>, String)> {
        let comments = Comment::all_in(&SourceFile::new("x", text));
        comments.into_values().map(|comment| (comment.rules, comment.reason)).collect()
    }

    /// Whether a finding of `ca-reused` at `--flag` is accepted.
    fn accepts(text: &str, format: InputFormat) -> bool {
        let file = SourceFile::new("x", text);
        let finding = judgements::finding(Severity::Error, judgements::origin_in(&file, "--flag"));
        Comment::beside(&Comment::all_in(&file), &finding, Some(format))
            .iter()
            .any(|comment| comment.accepts("ca-reused"))
    }

    #[test]
    fn a_comment_names_rules_and_a_reason() {
        let rules = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            read(
                "a: 1 # aggcert: ignore[ca-reused, weak-key] a lab\n#aggcert:ignore[weak-key]\n# aggcert: ignore all\n"
            ),
            [
                (rules(&["ca-reused", "weak-key"]), "a lab".to_owned()),
                (rules(&["weak-key"]), String::new()),
                (rules(&[]), String::new()),
            ]
        );
        for prose in [
            "https://example.org/#aggcert: ignore[ca-reused] x\n",
            "the aggcert: ignore[ca-reused] x\n",
            "# write # aggcert: ignore[ca-reused] x\n",
            "or `# aggcert: ignore[ca-reused] x`\n",
            "## aggcert: ignore[ca-reused] x\n",
        ] {
            assert!(read(prose).is_empty(), "{prose}");
        }
    }

    #[test]
    fn it_stands_on_the_line_of_a_finding_or_above_it() {
        const COMMENT: &str = "# aggcert: ignore[ca-reused] a lab";
        for (text, accepted) in [
            ("--flag COMMENT\n", true),
            ("# aggcert: ignore[flag-repeated, ca-reused] a lab\n--flag\n", true),
            ("COMMENT\n# more\n\t--flag\n", true),
            ("# aggcert: ignore[ca-reused]\n--flag\n", false),
            ("# aggcert: ignore[ca-reused ] a lab\n--flag\n", true),
            ("# aggcert: ignore[weak-key] a lab\n--flag\n", false),
            ("COMMENT\n\n--flag\n", false),
            ("--v=2 COMMENT\n--flag\n", false),
            ("--flag\nCOMMENT\n", false),
        ] {
            assert_eq!(accepts(&text.replace("COMMENT", COMMENT), InputFormat::Command), accepted, "{text}");
        }
    }

    #[test]
    fn it_stands_above_a_command_of_several_lines_or_inside_of_a_unit_s() {
        const COMMENT: &str = "# aggcert: ignore[ca-reused] a lab";
        for (text, accepted) in [
            ("COMMENT\nkube-apiserver \\\n  --v=2 \\\n  --flag\n", true),
            ("ExecStart=kube-apiserver \\\nCOMMENT\n  --flag\n", true),
            ("ExecStart=kube-apiserver \\\nCOMMENT\n  --v=2 \\\n  --flag\n", false),
            ("COMMENT\nExecStart=kube-apiserver \\\n# another\n  --v=2 \\\n  --flag\n", true),
            ("COMMENT\necho\nkube-apiserver \\\n  --flag\n", false),
            ("# a comment ends with its line \\\nCOMMENT \\\n--flag\n", true),
        ] {
            assert_eq!(accepts(&text.replace("COMMENT", COMMENT), InputFormat::Command), accepted, "{text}");
        }
    }

    #[test]
    fn it_stands_above_a_folded_text_and_not_in_the_data_of_a_config_map() {
        use InputFormat::{ConfigMap, Manifest};
        const COMMENT: &str = "# aggcert: ignore[ca-reused] a lab";
        for (text, format, accepted) in [
            ("args:\n  COMMENT\n- >-\n  kube-apiserver\n  --v=2\n  --flag\n", Manifest, true),
            ("args:\n- >- COMMENT\n  kube-apiserver\n  --flag\n", Manifest, true),
            ("args:\n- |\n  COMMENT\n  --flag\n", Manifest, true),
            ("COMMENT\ndata:\n  x: 1\n  ca: |\n    --flag\n", ConfigMap, false),
            ("data:\n  COMMENT\n  ca: |\n    -----BEGIN\n    --flag\n", ConfigMap, true),
            ("data:\n  ca: |\n    COMMENT\n    --flag\n", ConfigMap, false),
            ("data:\n  ca: |\n    --flag COMMENT\n", ConfigMap, false),
            ("data:\n  COMMENT\n  names: --flag\n", ConfigMap, true),
        ] {
            assert_eq!(accepts(&text.replace("COMMENT", COMMENT), format), accepted, "{text}");
        }
    }
}
