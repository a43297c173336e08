//! README and docs are true: every `console` block is run, in order, in one directory a page, and prints what it says;
//! every command in a recipe is one that the command line takes; the book has every page.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory;
use regex::Regex;

const CI: &str = include_str!("../.ci/run");

/// A page of the documentation, by its path in the repository.
struct Page {
    path: PathBuf,
    text: String,
}

/// README.md and all of `docs`.
fn pages() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = walkdir::WalkDir::new(root.join("docs")).sort_by_file_name().into_iter();
    let paths = documents.map(|entry| entry.unwrap().into_path()).chain([root.join("README.md")]);
    let markdown = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    markdown
        .map(|path| Page {
            text: std::fs::read_to_string(&path).unwrap(),
            path: path.strip_prefix(root).unwrap().to_owned(),
        })
        .collect()
}

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
fn every_command_prints_what_its_page_shows() {
    let pages = pages();
    let shown: Vec<_> = pages.iter().map(|page| (page, examples(&page.text))).collect();
    let of_readme = shown.iter().find(|(page, _)| page.path == Path::new("README.md"));
    assert!(of_readme.is_some_and(|(_, examples)| examples.len() >= 4), "README.md has no session");
    let wrong: Vec<String> =
        shown.into_iter().flat_map(|(page, examples)| what_prints_otherwise(page, examples)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Runs the examples of a page in a directory with the fixtures in it.
fn what_prints_otherwise(page: &Page, examples: Vec<Example>) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::os::unix::fs::symlink(fixtures, directory.path().join("fixtures")).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_aggcert"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());

    let mut wrong = Vec::new();
    for example in examples {
        if example.command.starts_with("cargo test") {
            assert!(CI.contains(&example.command), "CI runs another test command than {}'s", page.path.display());
            continue;
        }
        let command = example.command.replace("cargo run --release --", "aggcert");
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
            wrong.push(format!("{}:{}: $ {}\nprints\n{printed}", page.path.display(), example.line, example.command));
        }
    }
    wrong
}

/// A recipe cannot be run everywhere; that aggcert takes its arguments can be told.
#[test]
fn the_command_line_takes_what_the_recipes_type() {
    let mut seen = 0;
    for page in pages() {
        for command in recipe_commands(&page.text) {
            seen += 1;
            assert_is_taken(&command, &page.path.display().to_string());
        }
    }
    assert!(seen > 20, "only {seen} commands were found");
}

/// The examples are pasted as they stand there: a terminal breaks none of them, and what is said of one is a comment.
#[test]
fn the_command_line_takes_the_examples_of_its_help() {
    let mut commands = vec![aggcert::cli::CommandLine::command()];
    let mut seen = 0;
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().cloned());
        let help = [command.get_after_help(), command.get_after_long_help()];
        let help = help.into_iter().flatten().map(ToString::to_string).collect::<String>();
        let examples = help.split("Examples:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
        let wide = examples.lines().find(|line| line.chars().count() > 80);
        assert!(wide.is_none(), "{}: {wide:?} is broken in a terminal", command.get_name());
        for line in examples.replace("\\\n      ", "").lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            let typed = line.split(" # ").next().unwrap_or_default();
            let parts = typed.split(" | ").map(|part| part.split(['>', '<']).next().unwrap_or_default().trim());
            for example in parts.filter(|part| part.starts_with("aggcert")) {
                assert!(!example.contains("  "), "{line}: prose is taken for arguments");
                seen += 1;
                assert_is_taken(example, command.get_name());
            }
        }
    }
    assert!(seen > 40, "only {seen} examples were found");
}

/// That aggcert takes what a shell makes of a command.
fn assert_is_taken(command: &str, place: &str) {
    let output = Command::new("sh").args(["-c", &format!("printf '%s\\n' {command}")]).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    let taken = aggcert::cli::CommandLine::command().try_get_matches_from(words.lines());
    assert!(taken.is_ok(), "{place}: {command}: {}", taken.unwrap_err());
}

/// The calls of aggcert in `sh` blocks, up to what the shell does with them. `…` stands for more of the same.
fn recipe_commands(markdown: &str) -> Vec<String> {
    let joined = markdown.replace("\\\n", " ");
    let mut inside = false;
    let mut commands = Vec::new();
    for line in joined.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
        } else if inside
            && let Some(start) = line.find("aggcert ")
            && (start == 0 || line[..start].ends_with("| "))
        {
            let command = line[start..].split(['>', '|', '#', '…', '<']).next().unwrap_or_default();
            commands.push(command.trim().to_owned());
        }
    }
    commands
}

#[test]
fn the_rule_table_is_that_of_the_rules() {
    let rules = Command::new(env!("CARGO_BIN_EXE_aggcert")).args(["rules", "--format", "markdown"]).output().unwrap();
    let table = String::from_utf8(rules.stdout).unwrap();
    assert!(table.lines().count() > 40, "{table}");
    let page = pages().into_iter().find(|page| page.path == Path::new("docs/rules.md")).unwrap();
    assert!(page.text.contains(&table), "docs/rules.md is not what `aggcert rules --format markdown` prints");
}

#[test]
fn every_block_of_the_pages_is_of_a_kind_that_is_checked() {
    for page in pages() {
        // Those of the rules are examples of what is wrong.
        if page.path.starts_with("docs/rules") {
            continue;
        }
        for (index, line) in page.text.lines().enumerate() {
            if let Some(kind) = line.strip_prefix("```") {
                assert!(
                    ["", "console", "sh", "toml", "yaml", "json"].contains(&kind),
                    "{}:{}: {kind}",
                    page.path.display(),
                    index + 1
                );
            }
        }
    }
}

/// mdBook leaves out what its summary does not name.
#[test]
fn the_book_has_every_page_and_every_link_leads_to_one() {
    let link = Regex::new(r"\]\(([^)#:]+\.md)?(?:#([^)]*))?\)").unwrap();
    let pages = pages();
    let summary = pages.iter().find(|page| page.path == Path::new("docs/SUMMARY.md")).unwrap();
    for page in pages.iter().filter(|page| page.path.starts_with("docs") && page.path != summary.path) {
        let path = page.path.strip_prefix("docs").unwrap().display();
        assert!(summary.text.contains(&format!("({path})")), "docs/SUMMARY.md does not name {path}");
    }
    for page in &pages {
        for found in link.captures_iter(&page.text) {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            let beside = |path: regex::Match<'_>| root.join(page.path.parent().unwrap()).join(path.as_str());
            let target = found.get(1).map_or_else(|| root.join(&page.path), beside);
            let text = std::fs::read_to_string(&target);
            let is_there = text.is_ok_and(|text| found.get(2).is_none_or(|anchor| has_anchor(&text, anchor.as_str())));
            assert!(is_there, "{} leads to {}, which is not there", page.path.display(), &found[0]);
        }
    }
}

/// Whether a page has a heading of that name, as mdBook and GitHub make one of its text.
fn has_anchor(page: &str, anchor: &str) -> bool {
    let name = |heading: &str| -> String {
        let kept = heading.trim().chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    page.lines().filter(|line| line.starts_with('#')).any(|line| name(line.trim_start_matches('#')) == anchor)
}

#[test]
fn an_anchor_is_the_name_of_a_heading() {
    assert!(has_anchor("# A\n\n## Who made `this` file?\n", "who-made-this-file"));
    assert!(!has_anchor("# A\n\n## Who made this file?\n", "who-made"));
}

#[test]
fn the_readme_is_short() {
    let readme = pages().into_iter().find(|page| page.path == Path::new("README.md")).unwrap();
    assert!(readme.text.lines().count() <= 200, "what is not for the first look stands in docs");
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
