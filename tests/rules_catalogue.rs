//! Every rule keeps to the conventions, so that the registry, `aggcert rules` and the files agree.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use aggcert::lint::Rule;
use aggcert::lint::rules::{ALL, find};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint/rules")
}

fn source(rule: &Rule) -> String {
    let path = directory().join(format!("{}.rs", rule.id.replace('-', "_")));
    let source = fs::read_to_string(&path).unwrap_or_default();
    assert!(!source.is_empty(), "{} has no file of its own", rule.id);
    source
}

#[test]
fn every_rule_has_a_file_named_after_its_id() {
    for rule in ALL {
        assert!(source(rule).contains(&format!("id: \"{}\"", rule.id)), "{} is not defined in its file", rule.id);
    }
}

#[test]
fn every_file_with_a_rule_is_in_the_registry() {
    let ids: BTreeSet<String> = ALL.iter().map(|rule| rule.id.replace('-', "_")).collect();
    let files: BTreeSet<String> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| fs::read_to_string(path).unwrap_or_default().contains(": Rule = Rule {"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(ids, files);
}

#[test]
fn the_registry_names_each_rule_once() {
    let ids: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), ALL.len());
    for rule in ALL {
        assert!(find(rule.id).is_some_and(|found| std::ptr::eq(found, *rule)), "{}", rule.id);
    }
}

#[test]
fn ids_are_kebab_case_and_hold_no_severity() {
    for rule in ALL {
        let words: Vec<&str> = rule.id.split('-').collect();
        let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(words.iter().all(is_word), "{}", rule.id);
        for severity in ["error", "warning", "note"] {
            assert!(!words.contains(&severity), "{}", rule.id);
        }
    }
}

#[test]
fn summaries_are_one_short_line_without_a_full_stop() {
    let mut summaries = BTreeSet::new();
    for rule in ALL {
        let summary = rule.summary();
        assert!(!summary.is_empty() && summary == summary.trim(), "{}: {summary:?}", rule.id);
        assert!(summary.chars().count() <= 90 && !summary.contains('\n'), "{}: {summary:?}", rule.id);
        assert!(!summary.ends_with('.'), "{}: {summary:?}", rule.id);
        assert!(
            !summary.starts_with(|first: char| first.is_ascii_lowercase()) || summary.starts_with("kube"),
            "{summary:?}"
        );
        assert!(summaries.insert(summary), "two rules say {summary:?}");
    }
}

#[test]
fn texts_are_written_out() {
    for rule in ALL {
        let page = rule.page();
        for (name, text, least) in [("explanation", &page.explanation, 100), ("remedy", &page.remedy, 20)] {
            assert!(text.chars().count() >= least, "{}: the {name} is hardly one: {text:?}", rule.id);
            assert!(text.ends_with('.'), "{}: the {name} breaks off", rule.id);
            for paragraph in text.split("\n\n") {
                assert!(
                    !paragraph.contains("  ") || paragraph.contains('\n'),
                    "{}: two blanks in {paragraph:?}",
                    rule.id
                );
                assert_eq!(paragraph, paragraph.trim(), "{}: blanks around {paragraph:?}", rule.id);
            }
        }
    }
}

#[test]
fn the_examples_differ() {
    for rule in ALL {
        let page = rule.page();
        for example in [page.bad_example, page.good_example] {
            assert!(!example.trim().is_empty(), "{} lacks an example", rule.id);
            assert!(example.lines().all(|line| line.chars().count() <= 120), "{}: {example}", rule.id);
        }
        assert_ne!(page.bad_example, page.good_example, "{}", rule.id);
    }
}

#[test]
fn every_rule_cites_what_it_rests_on() {
    for rule in ALL {
        let page = rule.page();
        assert!(!page.references.is_empty(), "{} cites nothing", rule.id);
        let mut titles = BTreeSet::new();
        for reference in page.references {
            let url = reference.url;
            assert!(url.starts_with("https://") && !url.contains(char::is_whitespace), "{}: {url:?}", rule.id);
            assert!(!reference.title.is_empty(), "{}: {url} has no title", rule.id);
            assert!(titles.insert(reference.title), "{} cites {} twice", rule.id, reference.title);
            // A branch moves; a release does not.
            assert!(!url.contains("/blob/master/") && !url.contains("/blob/main/"), "{}: {url}", rule.id);
        }
    }
}

/// Nothing stands in a page that no reader of it shows, and no page is left of a rule that is gone.
#[test]
fn every_page_is_its_rules_and_whole() {
    let pages = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules")).unwrap();
    assert_eq!(pages.count(), ALL.len());
    for rule in ALL {
        assert!(rule.text.starts_with(&format!("# {}\n\n", rule.id)), "{}", rule.id);
        let headings: Vec<&str> = rule.text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, ["## Why", "## Bad", "## Good", "## Fix", "## Sources"], "{}", rule.id);
        let (_, sources) = rule.text.split_once("## Sources\n\n").unwrap();
        assert_eq!(sources.lines().count(), rule.page().references.len(), "{}", rule.id);
    }
}

/// What it is expected to say, in a test of its own or in a row of a table. That it does not apply without its files may
/// stand in the table of `src/lint/without.rs`.
#[test]
fn every_rule_is_tested_for_each_outcome() {
    const UNASKED: &str = "has no business or cannot tell";
    let without = include_str!("../src/lint/without.rs");
    let outcomes: [(&str, &[&str]); 3] = [
        ("fails", &[".expect_finding", ".expect_error", ".expect_warning", ".expect_note"]),
        ("passes", &[".expect_pass()", "\"pass\"", "fn passes_nowhere"]),
        (UNASKED, &[".expect_not_applicable()", "\"not applicable\"", ".expect_unknown()", "\"unknown\""]),
    ];
    for rule in ALL {
        let source = source(rule);
        let tests = source.split_once("#[cfg(test)]").map(|(_, tests)| tests).unwrap_or_default();
        for (outcome, expected) in outcomes {
            let in_table = outcome == UNASKED && without.contains(&format!("\"{}\"", rule.id));
            let has = in_table || expected.iter().any(|words| tests.contains(words));
            assert!(has, "{} has no test in which it {outcome}", rule.id);
        }
    }
}

/// SARIF points at it: the address is the package's, the path is the book's, and the book has the page.
#[test]
fn the_page_of_every_rule_is_on_the_site() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let (package, book, summary) = (read("Cargo.toml"), read("docs/book.toml"), read("docs/SUMMARY.md"));
    let documentation =
        package.lines().find_map(|line| line.strip_prefix("documentation = \"")?.strip_suffix('"')).unwrap();
    let site = book.lines().find_map(|line| line.strip_prefix("site-url = \"")?.strip_suffix('"')).unwrap();
    assert!(format!("{documentation}/").ends_with(site), "{documentation} is not {site}");
    for rule in ALL {
        assert_eq!(rule.url(), format!("{documentation}/rules/{}.html", rule.id));
        assert!(summary.contains(&format!("(rules/{}.md)", rule.id)), "{} is not in the book", rule.id);
    }
}
