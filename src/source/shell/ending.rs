//! Where a script ends before its text does: what stands behind an `exit` that is met whatever holds does not run.

use super::lexer::{Command, End};
use super::part::{Part, Word, plain};
use super::subshell::{BETWEEN, GROUPS};

/// The first command after which nothing runs, or may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// `exit`, `exec PROGRAM`.
    Certain(usize),
    /// `return` ends a script that another one reads; bash goes on where it runs the script by itself.
    Possible(usize),
}

enum Open {
    Parenthesis,
    /// With the word that ends it.
    Group(&'static str),
}

impl Ending {
    pub(super) fn of(commands: &[Command]) -> Option<Self> {
        let mut open: Vec<Open> = Vec::new();
        let certain = if commands.iter().any(is_other_then) { Self::Possible } else { Self::Certain };
        for (at, command) in commands.iter().enumerate() {
            open.extend((0..command.opens).map(|_| Open::Parenthesis));
            let words = behind_reserved(&command.words, &mut open);
            let is_alone = command.before != End::Condition
                && command.before != End::Pipe
                && matches!(command.end, End::Line | End::Separator | End::Text);
            if open.is_empty() && is_alone && !command.function {
                match words.first().and_then(plain) {
                    Some("exit") => return Some(certain(at)),
                    Some("exec") if words.get(1).is_some_and(is_program) => return Some(certain(at)),
                    Some("return") => return Some(Self::Possible(at)),
                    _ => {}
                }
            }
            for _ in 0..command.closes {
                // That of a pattern of `case` closes nothing.
                open.pop_if(|one| matches!(one, Open::Parenthesis));
            }
        }
        None
    }
}

/// The words of the command itself, when the groups that open and close before it are taken in.
fn behind_reserved<'w>(words: &'w [Word], open: &mut Vec<Open>) -> &'w [Word] {
    let mut count = 0;
    for word in words.iter().map_while(plain) {
        if let Some((_, end)) = GROUPS.iter().find(|(begin, _)| *begin == word) {
            open.push(Open::Group(end));
        } else if word == "function" {
            // `function name {`
            let opens = words.iter().filter_map(plain).any(|word| word == "{");
            open.extend(opens.then_some(Open::Group("}")));
            return &[];
        } else if open.pop_if(|one| matches!(one, Open::Group(end) if *end == word)).is_none()
            && !BETWEEN.contains(&word)
        {
            break;
        }
        count += 1;
    }
    words.get(count..).unwrap_or_default()
}

/// Whether `exec` may come back behind it (`shopt -s execfail`), or `exit` is the script's own function.
fn is_other_then(command: &Command) -> bool {
    let mut words = command.words.iter().filter_map(plain);
    let is_function = command.function || words.clone().any(|word| word == "function");
    words.any(|word| word == "execfail" || is_function && matches!(word, "exit" | "exec"))
}

/// What is certainly there: `exec $PROGRAM` may have nothing to run.
fn is_program(word: &Word) -> bool {
    matches!(word.parts.first(), Some(Part::Literal { text, .. }) if !text.is_empty())
}
