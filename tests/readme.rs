//! The README is true: every `console` block is run, in order, in one directory, and prints what it says.

use std::path::Path;
use std::process::Command;

use regex::Regex;

const README: &str = include_str!("../README.md");
const CI: &str = include_str!("../.ci/run");

/// A command and the output that the README shows below it.
struct Example {
    line: usize,
    command: String,
    output: String,
}

/// The examples of all `console` blocks: a command begins with `$ `, and goes on behind a line that ends with `\`.
fn examples(markdown: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let (mut inside, mut continued) = (false, false);
    for (index, line) in markdown.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if !inside {
        } else if let Some(command) = line.strip_prefix("$ ") {
            examples.push(Example { line: index + 1, command: command.to_owned(), output: String::new() });
            continued = command.ends_with('\\');
        } else if let Some(example) = examples.last_mut() {
            let text = if continued { &mut example.command } else { &mut example.output };
            if continued {
                text.push('\n');
            }
            text.push_str(line);
            if continued {
                continued = line.ends_with('\\');
            } else {
                text.push('\n');
            }
        }
    }
    examples
}

/// What differs from run to run: keys, and so fingerprints and serials; times.
fn normalised(text: &str) -> String {
    let patterns = [
        (r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){7,}", "HEX"),
        (r"[0-9a-f]{16,}", "HEX"),
        (r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?Z?)?( UTC)?", "TIME"),
        (r"\b\d+ days", "N days"),
    ];
    let mut text = text.to_owned();
    for (pattern, name) in patterns {
        let changed = Regex::new(pattern).map(|pattern| pattern.replace_all(&text, name).into_owned());
        text = changed.unwrap_or(text);
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_command_prints_what_the_readme_shows() {
    let examples = examples(README);
    assert!(examples.len() >= 6, "only {} examples were found", examples.len());

    let directory = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::os::unix::fs::symlink(fixtures, directory.path().join("fixtures")).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_aggcert"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());

    let mut wrong = Vec::new();
    for example in examples {
        if example.command.starts_with("cargo test") {
            assert!(CI.contains(&example.command), "CI runs another test command than the README's");
            continue;
        }
        let command = example.command.replace("cargo run --release --quiet --", "aggcert");
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(directory.path())
            .env("PATH", &path)
            .env_remove("CLICOLOR_FORCE")
            .output()
            .unwrap();
        let printed =
            String::from_utf8(output.stdout).unwrap().replace(&*directory.path().to_string_lossy(), "/home/me");
        if normalised(&printed) != normalised(&example.output) {
            wrong.push(format!("README.md:{}: $ {}\nprints\n{printed}", example.line, example.command));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_rule_table_is_that_of_the_rules() {
    let rules = Command::new(env!("CARGO_BIN_EXE_aggcert")).args(["rules", "--format", "markdown"]).output().unwrap();
    let table = String::from_utf8(rules.stdout).unwrap();
    assert!(table.lines().count() > 40, "{table}");
    assert!(README.contains(&table), "the README's table is not what `aggcert rules --format markdown` prints");
}

#[test]
fn every_block_of_the_readme_is_of_a_kind_that_is_checked() {
    for (index, line) in README.lines().enumerate() {
        if let Some(kind) = line.strip_prefix("```") {
            assert!(["", "console", "toml", "yaml"].contains(&kind), "README.md:{}: {kind}", index + 1);
        }
    }
}

#[test]
fn a_changed_output_is_noticed() {
    let readme = "```console\n$ echo a \\\n  b\na b\n$ echo c\nd\n```\n";
    let found = examples(readme);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].command, "echo a \\\n  b");
    assert_eq!(found[0].output, "a b\n");
    assert_ne!(normalised("d\n"), normalised("c\n"));
    assert_eq!(normalised("until 2027-01-01 00:00 UTC"), normalised("until 2036-11-18 20:15 UTC"));
}
