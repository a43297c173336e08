//! Programs in other languages. What a program puts together when it runs cannot be read off its source.

/// Lines that are looked at: a language shows itself early.
const MAXIMUM_LINES: usize = 400;

/// Whether a text is the source of a program: Go, Python, Rust, C and the like, but not a shell's.
pub(in crate::source) fn is_source_code(text: &str) -> bool {
    if let Some(interpreter) = text.strip_prefix("#!").and_then(|rest| rest.lines().next()) {
        return ["python", "perl", "ruby", "node", "php"].iter().any(|name| interpreter.contains(name));
    }
    let mut marks = 0_usize;
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()).take(MAXIMUM_LINES) {
        if is_sure(line) {
            return true;
        }
        marks += usize::from(is_mark(line));
    }
    marks >= 2
}

/// Lines that no shell script, Markdown or log has.
fn is_sure(line: &str) -> bool {
    line.starts_with("#include <")
        || line.starts_with("<?php")
        || line.strip_prefix("package ").is_some_and(|name| is_name(name.trim_end_matches(';')))
        || line.strip_prefix("from ").is_some_and(|rest| rest.contains(" import ") && !rest.ends_with('.'))
}

/// Lines that two of show a language.
fn is_mark(line: &str) -> bool {
    let line = line.trim_start();
    let starts = |starts: &[&str]| starts.iter().any(|start| line.starts_with(start));
    let go = line.ends_with('{') && starts(&["func ", "func("]);
    let python = line.ends_with(':') && starts(&["def ", "class ", "async def "]);
    let rust = line.ends_with(['{', ';']) && starts(&["fn ", "pub fn ", "impl ", "use ", "pub struct ", "let "]);
    let java =
        line.ends_with(['{', ';']) && starts(&["public class ", "import ", "public static ", "private ", "public "]);
    let script =
        line.ends_with(';') && starts(&["const ", "let ", "var ", "export ", "module.exports"]) && line.contains(" = ");
    let python_import = line.strip_prefix("import ").is_some_and(|name| name.split(", ").all(is_name));
    go || python || rust || java || script || python_import
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_from_scripts() {
        for text in [
            "package x\n\nfunc f() {\n",
            "// Copyright\n\npackage app\n",
            "#!/usr/bin/env python3\nprint(1)\n",
            "import os\n\ndef f():\n    pass\n",
            "from os import path\n",
            "use std::fs;\n\nfn main() {\n",
            "#include <stdio.h>\n",
            "const x = require('y');\nlet z = 1;\n",
        ] {
            assert!(is_source_code(text), "{text}");
        }
        for text in [
            "#!/bin/bash\nimport x\nlet y=1\nfunction f() {\n}\n",
            "export A=1;\nkube-apiserver --v=2\n",
            "# Notes\n\nImport the CA from there. package manager\n",
            "package installation:\n\n    apt install x\n",
            "CA = \"x\";\nfunction start {\n",
        ] {
            assert!(!is_source_code(text), "{text}");
        }
    }
}
