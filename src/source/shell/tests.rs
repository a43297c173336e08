//! Shell text and what a shell makes of it.

mod properties;

use super::testing::{fields, text};
use super::{Field, Preset, Script, read, read_with, words};

fn strings(fields: &[Field]) -> Vec<&str> {
    fields.iter().map(|field| field.text.as_str()).collect()
}

/// The words of all commands.
fn commands(source: &str) -> Vec<Vec<String>> {
    let script = read(&text(source));
    script.commands.iter().map(|command| command.fields.iter().map(|field| field.text.to_string()).collect()).collect()
}

fn last_command(source: &str) -> Vec<Field> {
    read(&text(source)).commands.pop().unwrap().fields
}

/// Where each word begins.
fn places(fields: &[Field]) -> Vec<String> {
    fields.iter().map(|field| field.text.origin().to_string()).collect()
}

#[test]
fn quotes_are_removed_where_a_shell_removes_them() {
    for (source, expected) in [
        (r#"a "b c" 'd "e"' f\ g"#, &["a", "b c", "d \"e\"", "f g"][..]),
        (r#"--x="a"'b'c"#, &["--x=abc"]),
        (r#"'--requestheader-allowed-names="aggregator"'"#, &["--requestheader-allowed-names=\"aggregator\""]),
        (r#""a\"b\\c\$d\e""#, &["a\"b\\c$d\\e"]),
        (r#"'' "" x"#, &["", "", "x"]),
        (r"$'a\tb\n' $'it\'s'", &["a\tb\n", "it's"]),
        ("$\"a b\"", &["a b"]),
        ("a#b #c", &["a#b"]),
        ("it's", &["it's"]),
        ("a \"b", &["a", "\"b"]),
    ] {
        assert_eq!(strings(&fields(source)), expected, "{source}");
    }
}

#[test]
fn lines_go_on_behind_backslashes() {
    for (source, expected) in [
        ("a \\\n  b", &["a", "b"][..]),
        ("a\\\nb", &["ab"]),
        ("a \\\r\n  b\r\n", &["a", "b"]),
        ("--x=''\\\n  --y=1", &["--x=", "--y=1"]),
        ("--x=''\\\n--y=1", &["--x=--y=1"]),
        ("--x= \\\n --y=1", &["--x=", "--y=1"]),
        ("\"a \\\n b\"", &["a  b"]),
        ("a `# why` \\\n  b", &["a", "b"]),
        ("a \\\n`# why` \\\nb", &["a", "b"]),
    ] {
        assert_eq!(strings(&fields(source)), expected, "{source:?}");
    }
}

#[test]
fn what_people_write_by_mistake_is_read_as_meant_and_noted() {
    for (source, expected, message) in [
        ("a \\\\\n  --b", &["a", "--b"][..], "`\\\\` ends the command"),
        ("a\u{a0}--b \\\n\u{a0}\u{a0}--c", &["a", "--b", "--c"], "U+00A0"),
    ] {
        let (fields, notes) = words(&text(source));
        assert_eq!(strings(&fields), expected, "{source:?}");
        assert!(notes.first().unwrap().kind.message().starts_with(message), "{source:?}");
    }
    assert_eq!(commands("a \\\\\n b"), [vec!["a", "\\"], vec!["b"]], "`\\\\` is a backslash where nothing goes on");
}

#[test]
fn a_blank_behind_the_backslash_ends_the_command() {
    assert_eq!(commands("a \\  \n  --b"), [vec!["a", " "], vec!["--b"]]);
    assert_eq!(commands("a\\ \n  --b"), [vec!["a "], vec!["--b"]]);
    let (_, notes) = words(&text("a \\ \n --b"));
    assert!(notes.first().unwrap().kind.message().starts_with("a blank behind the backslash"));
}

#[test]
fn other_shells_continuations_are_read() {
    assert_eq!(commands("a `\n  --b `\r\n  --c\nd"), [vec!["a", "--b", "--c"], vec!["d"]]);
    assert_eq!(commands("a ^\n  --b"), [vec!["a", "--b"]]);
    assert_eq!(fields("a --b=`hostname` --c").len(), 3, "back-ticks of a POSIX shell stay what they are");
}

#[test]
fn parameters_come_from_where_the_script_or_a_function_is_called() {
    for (source, expected) in [
        ("set -- --a \"--b c\"\nrun \"$@\" $1", &["run", "--a", "--b c", "--a"][..]),
        ("set -- --a\nset -- \"$@\" --b\nrun \"$@\"", &["run", "--a", "--b"]),
        ("set -- x --a\nshift\nrun \"$@\"", &["run", "--a"]),
        ("set -- --a\nrun --x=$1 --y=${2:-z}", &["run", "--x=--a", "--y=z"]),
    ] {
        assert_eq!(strings(&last_command(source)), expected, "{source}");
    }
    let called = commands("f() {\n  run \"$@\" --x=$1\n}\nf --a\nf --b --c");
    assert_eq!(called[0], ["run", "--a", "--x=--a"]);
    assert_eq!(called[1], ["run", "--b", "--c", "--x=--b"]);
    let told = Preset { parameters: Some(fields("--a --b")), ..Preset::default() };
    let script = read_with(&text("exec run \"$@\""), &told);
    assert_eq!(strings(&script.commands[0].fields), ["exec", "run", "--a", "--b"]);
}

#[test]
fn a_default_is_the_value_where_nothing_else_is_told() {
    for (source, expected) in [
        ("run --a=${A:-/x}", &["run", "--a=/x"][..]),
        ("A=${A:-/x}\nrun --a=$A", &["run", "--a=/x"]),
        ("A=/y\nrun --a=${A:-/x}", &["run", "--a=/y"]),
        ("run --a=${A:-\"/x\"}/z", &["run", "--a=/x/z"]),
        ("run ${A:---a --b}", &["run", "--a", "--b"]),
        (": ${A:=/x}\nrun --a=$A", &["run", "--a=/x"]),
        ("B=/x\nrun --a=${A:-${B:-/y}}", &["run", "--a=/x"]),
    ] {
        assert_eq!(strings(&last_command(source)), expected, "{source}");
    }
}

#[test]
fn a_million_small_commands_take_no_memory() {
    for unit in ["a;", "$(", "$a;", "a\n"] {
        let script = read(&text(&unit.repeat(100_000)));
        assert!(script.commands.len() <= 20_000, "{unit}: {}", script.commands.len());
    }
}

#[test]
fn long_values_are_put_in_only_so_often() {
    // Each would be 64 KB: 20 000 uses are a gigabyte.
    let source = format!("A='{}'\n{}", "x ".repeat(32 << 10), "run $A\n".repeat(20_000));
    let script = read(&text(&source));
    let fields: usize = script.commands.iter().map(|command| command.fields.len()).sum();
    assert!(fields < 1_000_000, "{fields}");
}

#[test]
fn places_hold_through_continuations_and_wide_characters() {
    let found = fields("kube-apiserver \\\r\n\t--ä=1 \\\r\n\t--b='x y' --c");
    assert_eq!(places(&found), ["x:1:1", "x:2:2", "x:3:2", "x:3:12"]);
    let (_, value) = found[2].text.split_once('=').unwrap();
    assert_eq!((value.as_str(), value.origin().to_string().as_str()), ("x y", "x:3:7"));
}

#[test]
fn commands_end_where_a_shell_ends_them() {
    assert_eq!(
        commands("a 1; b 2 && c 3 | d 4 & e 5\n# f\n(g 6) > out 2>&1 < in\n"),
        [vec!["a", "1"], vec!["b", "2"], vec!["c", "3"], vec!["d", "4"], vec!["e", "5"], vec!["g", "6"]]
    );
    assert_eq!(commands("if a; then b; else\n c; fi; while d; do e; done"), ["a", "b", "c", "d", "e"].map(|c| vec![c]));
}

#[test]
fn variables_of_the_same_text_are_put_in() {
    for (source, expected) in [
        ("A=/x\nrun --a=$A/y --b=\"${A}\" '$A'", &["run", "--a=/x/y", "--b=/x", "$A"][..]),
        ("A='--a=1 --b=2'\nrun $A \"$A\"", &["run", "--a=1", "--b=2", "--a=1 --b=2"]),
        ("A=--a\nA=\"$A --b\"\nA+=' --c'\nrun $A", &["run", "--a", "--b", "--c"]),
        ("export A=1 B=2\nrun $A$B", &["run", "12"]),
        ("A=(--a=1 \"--b=x y\" # c\n --c)\nA+=(--d)\nrun \"${A[@]}\"", &["run", "--a=1", "--b=x y", "--c", "--d"]),
        ("A=\nrun --a=$A", &["run", "--a="]),
        ("A=1 run $A", &["run", "1"]),
        ("f() {\n run $A\n}\nA=late\nf", &["f"]),
    ] {
        assert_eq!(strings(&last_command(source)), expected, "{source}");
    }
    assert_eq!(commands("f() {\n run $A\n}\nA=late\nf")[0], ["run", "late"], "a function runs after what is below it");
}

#[test]
fn characters_of_a_variable_lie_where_it_was_set() {
    let found = last_command("CA=/etc/ca.pem\nARGS=\"--a=1 \\\n  --b=2\"\nrun $ARGS --c=$CA\n");
    assert_eq!(places(&found)[1..3], ["x:2:7", "x:3:3"]);
    let (_, value) = found[3].text.split_once('=').unwrap();
    assert_eq!(value.origin().to_string(), "x:4:15", "a part of an argument lies where the argument is");
}

#[test]
fn what_is_not_known_stays_opaque() {
    for (source, expected) in [
        ("run $A", ("${A}", true)),
        ("run \"$A\"", ("${A}", true)),
        ("run --a=$A", ("--a=${A}", false)),
        ("run --a=${A:?x}", ("--a=${A:?x}", false)),
        ("run --a=${A#x}", ("--a=${A#x}", false)),
        ("A=$(hostname)\nrun --a=$A:1", ("--a=${A}:1", false)),
        ("run --a=$(cat x | head -n \"1\")/y", ("--a=$(cat x | head -n \"1\")/y", false)),
        ("run --a=`hostname`", ("--a=`hostname`", false)),
        ("run \"$@\"", ("$@", true)),
        ("run --a={{ ca | default('x y') }}/z", ("--a={{ ca | default('x y') }}/z", false)),
        ("run '--a={{ ca }}'", ("--a={{ ca }}", false)),
        ("run --a=<path to the CA>", ("--a=<path to the CA>", false)),
        ("if x; then A=1; fi\nrun --a=$A", ("--a=${A}", false)),
        ("A=1\nif x; then A=2; fi\nrun --a=$A", ("--a=${A}", false)),
        ("for A in 1 2; do run --a=$A; done", ("--a=${A}", false)),
    ] {
        let found = read(&text(source)).commands.into_iter().rfind(|command| command.fields.len() > 1).unwrap().fields;
        let field = found.last().unwrap();
        assert!(field.opaque, "{source}");
        assert_eq!((field.text.as_str(), field.unknown), expected, "{source}");
    }
}

#[test]
fn a_call_under_a_condition_may_exclude_a_part_of_the_body() {
    let argument = |calls: &str| {
        let body = "f() {\n local a=$1\n if x; then run --a=$a; fi\n}\n";
        let commands = read(&text(&format!("{body}{calls}"))).commands;
        let run = commands.into_iter().find(|command| command.fields[0].text.as_str() == "run").unwrap();
        (run.fields[1].text.as_str().to_owned(), run.fields[1].opaque)
    };
    assert!(argument("if y; then f 1; else f 2; fi").1);
    assert_eq!(argument("if y; then f 1; fi"), ("--a=1".to_owned(), false));
    assert_eq!(argument("f 1\nf 2"), ("--a=1".to_owned(), false));
}

#[test]
fn flags_that_are_added_under_a_condition_are_seen() {
    let found = last_command("A='--a'\nif x; then A=\"$A --b\"; fi\n[ -z y ] || A+=' --c'\nrun $A");
    assert_eq!(strings(&found), ["run", "--a", "--b", "--c"]);
    let steered = |source| read(&text(source)).commands.pop().unwrap().steered;
    assert!(steered("if x; then A=--b; fi\nrun $A"));
    assert!(steered("if x; then A=--b; fi\nB=\"$A\"; C=$B\nrun $C"));
    assert!(!steered("A=--a\nif x; then echo; fi\nrun $A"));
    assert!(!steered("if x; then A=--a; fi\nA=--b\nrun $A"));
}

#[test]
fn a_templates_control_lines_are_no_words() {
    let (found, notes) = words(&text("a \\\n{% if x %}\n  --b \\\n{% endif %}\n  --c{% if y %} --d{% endif %}"));
    assert_eq!(strings(&found), ["a", "--b", "--c", "--d"]);
    assert_eq!(notes.len(), 4);
}

fn here_document(script: &Script, index: usize) -> (&str, Option<&str>) {
    let document = &script.here_documents[index];
    (document.body.as_str(), document.target.as_deref())
}

#[test]
fn here_documents_are_expanded_unless_quoted() {
    let source = "IP=1.2.3.4\ncat > a.service <<EOF\n--a=$IP \\\\\n--b=\\$X $Y \"q\"\nEOF\n\
                  cat <<'EOF' | sudo tee /etc/b.service >/dev/null\n--a=$IP \\\\\nEOF\nrun";
    let script = read(&text(source));
    assert_eq!(here_document(&script, 0), ("--a=1.2.3.4 \\\n--b=$X ${Y} \"q\"\n", Some("a.service")));
    assert_eq!(here_document(&script, 1).0, "--a=$IP \\\\\n");
    assert_eq!(commands(source).last().unwrap(), &["run"]);
    let body = &script.here_documents[0].body;
    let at = body.as_str().find("--b").unwrap();
    assert_eq!(body.slice(at..at + 3).origin().to_string(), "x:4:1");
    assert_eq!(body.slice(4..11).origin().to_string(), "x:3:5");
}

#[test]
fn here_documents_are_told_by_the_pipeline_that_writes_them() {
    for (line, target) in [
        ("cat > a <<EOF", Some("a")),
        ("cat <<EOF >> b", Some("b")),
        ("cat <<- EOF | sudo tee -a c", Some("c")),
        ("cat <<\"EOF\" > d && echo done", Some("d")),
        ("D=/e; cat <<EOF > $D/f", Some("/e/f")),
        ("ssh host <<EOF", None),
    ] {
        let script = read(&text(&format!("{line}\n\tbody\nEOF\n")));
        assert_eq!(here_document(&script, 0).1, target, "{line}");
    }
    let stripped = read(&text("cat <<-EOF\n\tbody\n\t\tmore\n\tEOF\nrun"));
    assert_eq!(here_document(&stripped, 0).0, "body\nmore\n");
}

#[test]
fn a_chain_of_variables_does_not_take_room_with_its_square() {
    let chain: String = (1..4000).map(|number| format!("V{number}=\"$V{} x\"\n", number - 1)).collect();
    let script = read(&text(&format!("V0=x\n{chain}run $V3999\n")));
    let held: usize = script.assignments.iter().map(|assignment| assignment.fields.len()).sum();
    assert!(held < 400_000, "{held}");
    let [command] = script.commands.as_slice() else { panic!("{:?}", script.commands) };
    assert!(command.fields.iter().any(|field| field.opaque));
}

#[test]
fn doubling_variables_do_not_double_memory() {
    let mut source = "A=xxxxxxxxxxxxxxxx\n".to_owned();
    source.push_str(&"A=$A$A\n".repeat(60));
    source.push_str(&"run $A\n".repeat(1000));
    let script = read(&text(&source));
    let length: usize = script.commands.iter().flat_map(|command| &command.fields).map(|field| field.text.len()).sum();
    assert!(length < 16 << 20, "{length}");
}

/// The words of the command that runs kube-apiserver.
fn server(source: &str) -> Vec<String> {
    let script = read(&text(source));
    let runs = |command: &&super::Command| command.fields.iter().any(|field| field.text.as_str() == "kube-apiserver");
    let command = script.commands.iter().find(runs).unwrap();
    let shown = |field: &Field| format!("{}{}", field.text, if field.opaque { "?" } else { "" });
    command.fields.iter().skip_while(|field| field.text.as_str() != "kube-apiserver").skip(1).map(shown).collect()
}

#[test]
fn what_a_file_or_eval_may_set_is_not_known() {
    for line in [
        ". /etc/default/kube",
        "source ./env.sh",
        "[ -r /etc/default/kube ] && . /etc/default/kube",
        "if true; then source x; fi",
        "builtin source x",
        "eval \"$(cat x)\"",
        "eval CA=/b",
        "declare -n R=CA; R=/b",
        "load() { . /etc/default/kube; }\nload",
        "printf -v CA %s /b",
        "printf -vCA %s /b",
        "read -r CA <<< /b",
        "IFS=, read -r CA OTHER <<< /b",
        "mapfile -t CA < x",
        "unset CA",
        "CA[0]=/b",
        "let CA=1",
        "pick() { read -r CA < x; }\npick",
    ] {
        assert_eq!(server(&format!("CA=/a\n{line}\nexec kube-apiserver --x=$CA\n")), ["--x=${CA}?"], "{line}");
        let set_later = format!("{line}\nCA=/a\nexec kube-apiserver --x=$CA\n");
        assert_eq!(server(&set_later), ["--x=/a"], "{line}");
    }
    assert_eq!(server(". x\nexec kube-apiserver --x=${CA:-/a}\n"), ["--x=${CA:-/a}?"]);
    assert_eq!(server(". x\nARGS+=\" --y\"\nexec kube-apiserver --x $ARGS\n"), ["--x", "${ARGS}?"]);
    assert_eq!(server("CA=/a\nprintf '%s\\n' CA\nread -r B < x\neval kube-apiserver --x=$CA\n"), ["--x=/a"]);
}

#[test]
fn what_a_function_adds_at_each_call_is_not_taken_for_what_it_adds_at_one() {
    let list = "ARGS=()\nadd() { ARGS+=(\"--$1=$2\"); }\nadd a 1\n";
    let run = "exec kube-apiserver --x \"${ARGS[@]}\"\n";
    assert_eq!(server(&format!("{list}{run}")), ["--x", "--a=1"], "its one call is followed");
    assert_eq!(server(&format!("{list}add b 2\n{run}")), ["--x", "${ARGS[@]}?"]);
    assert_eq!(server(&format!("add() {{ ARGS+=(\"--$1=$2\"); }}\nARGS=()\nadd a 1\n{run}")), ["--x", "${ARGS[@]}?"]);
    assert_eq!(server(&format!("{list}all() {{ add b 2; }}\nall\n{run}")), ["--x", "${ARGS[@]}?"]);
    let string = "p=\"\"\nadd() { p=\"$p --$1=$2\"; }\nadd a 1\nadd b 2\nexec kube-apiserver --x $p\n";
    assert_eq!(server(string), ["--x", "${p}?"]);
    let own = "p=1\nf() { local p; p=$1; }\nf 2\np=1\nf 3\nexec kube-apiserver --x=$p\n";
    assert_eq!(server(own), ["--x=1"]);
    let always = "f() { p=2; }\np=1\nf\nexec kube-apiserver --x=$p\n";
    assert_eq!(server(always), ["--x=2"]);
}

/// A function may have a variable of its own of the same name, and nothing may ever call it.
#[test]
fn what_a_function_sets_is_not_known_behind_its_body() {
    for body in ["local CA=/b", "local CA; CA=/b", "CA=/b"] {
        let script = |call: &str| format!("CA=/a\nf() {{\n  {body}\n}}\n{call}\nexec kube-apiserver --x=$CA\n");
        assert_eq!(server(&script("")), ["--x=${CA}?"], "{body}");
        let called = if body == "CA=/b" { "--x=/b" } else { "--x=${CA}?" };
        assert_eq!(server(&script("f")), [called], "{body}");
    }
    let inside = "CA=/a\nf() {\n  local CA=/b\n  exec kube-apiserver --x=$CA\n}\nf\n";
    assert_eq!(server(inside), ["--x=/b"]);
    assert_eq!(server("CA=\nf() { CA=$1; }\nf /b\nexec kube-apiserver --x=$CA\n"), ["--x=/b"]);
}

/// The answers are bash's.
#[test]
fn a_value_is_edited_where_the_pattern_means_itself() {
    for (expression, expected) in [
        ("${V%,}", "--a=x --b=x"),
        ("${V%%,}", "--a=x --b=x"),
        ("${V%x}", "--a=x --b=x,"),
        ("${V#--}", "a=x --b=x,"),
        ("${V/x/y}", "--a=y --b=x,"),
        ("${V//x/y}", "--a=y --b=y,"),
        ("${V/#--a/--c}", "--c=x --b=x,"),
        ("${V/%,/;}", "--a=x --b=x;"),
        ("${V//x}", "--a= --b=,"),
        ("${V/x/$R/z}", "--a=y/z --b=x,"),
        ("${V/q/r}", "--a=x --b=x,"),
    ] {
        let fields = last_command(&format!("V='--a=x --b=x,'\nR=y\necho \"{expression}\""));
        assert_eq!(strings(&fields), ["echo", expected], "{expression}");
        assert!(!fields[1].opaque, "{expression}");
    }
    // The first match may be in what nobody knows.
    let fields = last_command("V=\"$X --b=2\"\necho \"${V/--b=2/--b=3}\"");
    assert_eq!((fields[1].opaque, fields[1].text.as_str()), (true, "${V/--b=2/--b=3}"));
    for expression in ["${V%x*}", "${V/[ab]/c}", "${V/x/&&}", "${V/$P/c}", "${V^^}"] {
        let fields = last_command(&format!("V='--a=x --b=x,'\necho \"{expression}\""));
        assert!(fields[1].opaque, "{expression}");
    }
}

#[test]
fn flags_that_are_the_same_under_a_condition_or_not_are_given() {
    let script = |change: &str| format!("A='--a=1 --b=2 --c=3'\nif x; then {change}; fi\nkube-apiserver $A");
    for (change, expected) in [
        ("A=${A/--b=2/--b=4}", &["--a=1", "${A}", "--c=3"][..]),
        ("A='--a=1 --c=3'", &["--a=1", "${A}", "--c=3"]),
        ("A='--a=1 --a=1 --b=2 --c=3'", &["--a=1", "${A}", "--b=2", "--c=3"]),
        ("A='--z=1 --b=5 --y=3'", &["${A}"]),
        ("A=\"$A --d=4\"", &["--a=1", "--b=2", "--c=3", "--d=4"]),
    ] {
        let fields = last_command(&script(change));
        assert_eq!(strings(&fields)[1..], *expected, "{change}");
    }
}

#[test]
fn an_edit_does_not_multiply_without_end() {
    let long = "a".repeat(64 << 10);
    let fields = last_command(&format!("V={long}\nR={long}\necho \"${{V//a/$R}}\""));
    assert!(fields[1].opaque && fields[1].text.len() < 100, "{}", fields[1].text.len());
}

#[test]
fn what_a_subshell_sets_is_not_set_behind_it() {
    for (script, expected) in [
        ("( X=b )", "--x=a"),
        ("( X=b; echo $X )", "--x=a"),
        ("( case y in y) X=b ;; esac; X=c )", "--x=a"),
        ("( ( X=b ) ; X=c )\nX=d", "--x=d"),
        ("{ X=b; } | cat", "--x=a"),
        ("if true; then X=b; fi &", "--x=a"),
        ("X=b | cat", "--x=a"),
        ("f() { X=b; }; f | tee log", "?--x=$X"),
        ("{ X=b; }", "--x=b"),
        ("()\nX=b", "--x=b"),
        // bash runs the last part of a pipeline in a subshell, ksh and zsh do not.
        ("echo | { X=b; }", "?--x=$X"),
        ("echo | while true; do Y=b; done", "--x=a"),
        ("f() { return; X=b; }; f", "?--x=$X"),
        ("f() { X=b; return; }; f", "--x=b"),
    ] {
        let fields = last_command(&format!("X=a\n{script}\nkube-apiserver --x=$X\n"));
        let field = fields.last().unwrap();
        let found = format!("{}{}", if field.opaque { "?" } else { "" }, field.text.as_str().replace("${X}", "$X"));
        assert_eq!(found, expected, "{script}");
    }
}

#[test]
fn many_subshells_take_no_memory() {
    let mut script: String = (0..2_000).map(|at| format!("V{at}={}\n", "x".repeat(100))).collect();
    script += &"( X=b; ".repeat(2_000);
    script += &") ".repeat(2_000);
    script += "\nkube-apiserver --x=$V1\n";
    assert!(!last_command(&script).last().unwrap().opaque);
    script += "( X=b\n".repeat(100).as_str();
    // Where it was too much to be kept, nobody knows.
    script += "true ) ; kube-apiserver --x=$V1\n";
    assert!(last_command(&script).last().unwrap().opaque);
}

#[test]
fn what_stands_behind_the_end_of_a_script_does_not_run() {
    let last = |line: &str| {
        let script = read(&text(&format!("#!/bin/bash\nA=1\n{line}\nA=2\nlast $A\n")));
        let held = script.assignments.iter().find(|one| one.name.as_str() == "A").map(|one| one.fields.clone());
        let last = script.commands.iter().find(|command| command.fields[0].text.as_str() == "last");
        (last.map(|command| command.fields[1].text.to_string()), held.map(|held| strings(&held).join(" ")))
    };
    for line in [
        "exit",
        "exit 0 # done",
        "echo a; exit 1",
        "exec kube-apiserver --v=2",
        "if a; then b; fi; exit",
        "f() { a; }; exit",
    ] {
        assert_eq!(last(line), (None, Some("1".to_owned())), "{line}");
    }
    for line in [
        "[ -f x ] || exit 1",
        "if a; then exit; fi",
        "(exit 1)",
        "(case $1 in a) b;; esac; exit)",
        "f() { exit 1; }",
        "function f {\nexit 1\n}",
        "exit 1 | cat",
        "echo a | exit",
        "exec > log",
        "exec $PROGRAM",
        "case $1 in a) exit 0;; esac",
        "for a in b; do exit; done",
        "cat <<EOF\nexit\nEOF",
        "exits",
    ] {
        assert_eq!(last(line), (Some("2".to_owned()), Some("2".to_owned())), "{line}");
    }
    // A shell that reads the script for another one ends it there.
    assert_eq!(last("return 0"), (Some("${A}".to_owned()), Some(String::new())));
    // What people type into a terminal may leave another host.
    assert_eq!(commands("ssh a\nexit\nb\n").len(), 3);
}

#[test]
fn exec_with_redirections_alone_does_not_end_a_script() {
    let names = |script: &str| {
        let script = read(&text(&format!("#!/bin/bash\n{script}\nkube-apiserver --x\n")));
        script
            .commands
            .iter()
            .filter_map(|command| Some(command.fields.first()?.text.as_str().to_owned()))
            .collect::<Vec<_>>()
    };
    let goes_on = |script: &str| names(script).contains(&"kube-apiserver".to_owned());
    for script in [
        "exec {log}>/var/log/x.log",
        "exec {log}<&-",
        "exec 3>/x",
        "shopt -s execfail\nexec /nope",
        "exit() { echo; }\nexit",
        "function exit { echo; }\nexit",
    ] {
        assert!(goes_on(script), "{script}");
    }
    for script in ["exec run {log} >/x", "exec {a,b}>/x", "exit"] {
        assert!(!goes_on(script), "{script}");
    }
}
