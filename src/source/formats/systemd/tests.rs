//! Units as systemd reads them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use proptest::prelude::*;

use super::words::{Lookup, Specifiers, Variables, commands, split_value};
use super::{Around, EnvironmentFiles, ScriptVariables, Undefined, documents, is_read_with_its_unit, read};
use crate::source::{Completeness, Document, Invocation, NoSurroundings, Surroundings};
use crate::text::{SourceFile, Text};

/// No variable is set.
struct Nothing;

impl Variables for Nothing {
    fn lookup(&self, _name: &str) -> Lookup<'_> {
        Lookup::Empty
    }
}

/// Files by their paths.
#[derive(Default)]
struct Files(HashMap<String, String>);

impl Files {
    fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }
}

impl Surroundings for Files {
    fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
        self.0.get(path).map(|text| SourceFile::new(path, text.clone()))
    }

    fn directory(&self, path: &str) -> Vec<String> {
        let below = |file: &'_ String| match path {
            "" => Some(file.clone()),
            path => Some(file.strip_prefix(path)?.strip_prefix('/')?.to_owned()),
        };
        let names = self.0.keys().filter_map(below);
        let names: BTreeSet<String> = names.filter_map(|name| name.split('/').next().map(str::to_owned)).collect();
        names.into_iter().collect()
    }
}

fn text(source: &str) -> Text {
    Text::of(&SourceFile::new("kube-apiserver.service", source))
}

fn invocations(source: &str, surroundings: &dyn Surroundings) -> Vec<Invocation> {
    let found = read(&text(source), surroundings).unwrap().unwrap_or_default();
    found
        .into_iter()
        .map(|document| match document {
            Document::Invocation(invocation) => invocation,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn only(source: &str, surroundings: &dyn Surroundings) -> Invocation {
    let mut found = invocations(source, surroundings);
    assert_eq!(found.len(), 1, "{source}");
    found.remove(0)
}

fn strings(invocation: &Invocation) -> Vec<&str> {
    invocation.arguments.iter().map(|argument| argument.text.as_str()).collect()
}

/// The arguments of `ExecStart=kube-apiserver` and what follows.
fn arguments(rest: &str) -> Vec<String> {
    let unit = format!("[Service]\nEnvironment=KNOWN=v\nExecStart=/usr/bin/kube-apiserver {rest}\n");
    only(&unit, &NoSurroundings).arguments.iter().map(|argument| argument.text.to_string()).collect()
}

#[test]
fn words_are_quoted_as_systemd_quotes_them() {
    for (rest, expected) in [
        (r#"--a="b c" '--d=e f' "--g""#, &["--a=b c", "--d=e f", "--g"][..]),
        (r#"--a="" --b='"x"'"#, &["--a=", "--b=\"x\""]),
        (r"--a=x\x20y\ty \\", &["--a=x y\ty", "\\"]),
        (r"--a\x3db --c\075d\sd --e=\u0024{KNOWN} --f=\q", &["--a=b", "--c=d d", "--e=v", "--f=\\q"]),
        ("--a=%% --b=${KNOWN}/x --c=$$KNOWN $KNOWN", &["--a=%", "--b=v/x", "--c=$KNOWN", "v"]),
        ("--a=x$KNOWN", &["--a=x$KNOWN"]),
        ("--a \\\n# comment\n\t--b \\\n  ; other\n--c", &["--a", "--b", "--c"]),
        ("--a=''\\\n--b", &["--a=", "--b"]),
        ("--a \\\r\n --b\r", &["--a", "--b"]),
        ("--a=b \\\n\\\n --c", &["--a=b", "--c"]),
    ] {
        assert_eq!(arguments(rest), expected, "{rest:?}");
    }
}

#[test]
fn what_only_the_host_knows_is_opaque() {
    for rest in ["--a=%b", "--a=${UNKNOWN}", "--a={{ x }}", "--a=%H/x"] {
        let unit = format!("[Service]\nExecStart=kube-apiserver {rest}\n");
        let found = only(&unit, &NoSurroundings);
        assert!(found.arguments[0].opaque, "{rest}");
        assert_eq!(found.completeness, Completeness::Complete, "{rest}");
    }
    let found = only("ExecStart=kube-apiserver $KUBE_API_ARGS\n", &NoSurroundings);
    assert!(found.arguments[0].opaque);
    assert_eq!(found.completeness, Completeness::Fragment);
}

#[test]
fn prefixes_wrappers_and_several_commands() {
    for line in [
        "@/usr/bin/kube-apiserver kube-apiserver --a",
        "-:+!!/usr/bin/kube-apiserver --a",
        "/usr/bin/flock -w 5 /run/lock /opt/hyperkube kube-apiserver --secure-port=1 --a",
        "/bin/true ; /usr/bin/kube-apiserver --a",
        "/bin/sh -c \"exec kube-apiserver --a\"",
    ] {
        let found = only(&format!("[Service]\nExecStart={line}\n"), &NoSurroundings);
        assert_eq!(strings(&found).last(), Some(&"--a"), "{line}");
    }
    assert!(invocations("[Service]\nExecStart=/usr/bin/kubelet --a\n", &NoSurroundings).is_empty());
    let docker = "[Service]\nExecStart=/usr/bin/docker run --name kube-apiserver --net=host \
                  quay.io/x/hyperkube:v1.9.3_coreos.0 /hyperkube apiserver --etcd-servers=x\n";
    let found = only(docker, &NoSurroundings);
    assert_eq!(strings(&found), ["--etcd-servers=x"]);
    assert_eq!(found.version.unwrap().value.to_string(), "1.9");
}

#[test]
fn environment_files_give_variables() {
    let unit = "[Service]\nEnvironment=\"A=old\" 'B=--b=1 --c=2'\nEnvironmentFile=-/etc/kubernetes/apiserver\n\
                ExecStart=/usr/bin/kube-apiserver $KUBE_API_ARGS --a=${A} $B $NOT_SET\n";
    let files = Files::of(&[("/etc/kubernetes/apiserver", "# x\nA=new\nKUBE_API_ARGS=\"--d='x y' \\\n  --e=1\"\n")]);
    let found = only(unit, &files);
    assert_eq!(strings(&found), ["--d=x y", "--e=1", "--a=new", "--b=1", "--c=2"]);
    assert_eq!(found.completeness, Completeness::Complete);
    assert_eq!(found.arguments[1].text.origin().to_string(), "/etc/kubernetes/apiserver:4:3");
    assert_eq!(found.arguments[4].text.origin().to_string(), "kube-apiserver.service:2:30");

    let missing = only(unit, &NoSurroundings);
    assert_eq!(missing.completeness, Completeness::Fragment);
    assert_eq!(missing.unresolved[0].value, "EnvironmentFile=/etc/kubernetes/apiserver is not there");
    assert_eq!(missing.unresolved[0].origin.to_string(), "kube-apiserver.service:3:17");
}

#[test]
fn drop_ins_change_the_unit_they_lie_beside() {
    let unit = "[Service]\nEnvironment=A=1\nExecStart=/usr/bin/kube-apiserver --old\n";
    let files = Files::of(&[
        ("kube-apiserver.service.d/10-reset.conf", "[Service]\nExecStart=\nExecStart=kube-apiserver --new=${A}${B}\n"),
        ("kube-apiserver.service.d/20-env.conf", "[Service]\nEnvironment=A=2 B=3\n"),
        ("kube-apiserver.service.d/notes.txt", "[Service]\nExecStart=\n"),
    ]);
    let found = only(unit, &files);
    assert_eq!(strings(&found), ["--new=23"]);
    assert_eq!(found.origin.to_string(), "kube-apiserver.service.d/10-reset.conf:3:1");
    assert_eq!(found.name, "kube-apiserver.service");
}

#[test]
fn a_unit_of_the_host_has_drop_ins_in_the_other_directories() {
    let unit = Text::of(&SourceFile::new(
        "/host/lib/systemd/system/kube-apiserver.service",
        "[Service]\nExecStart=kube-apiserver --old\n",
    ));
    let files = Files::of(&[(
        "/etc/systemd/system/kube-apiserver.service.d/x.conf",
        "[Service]\nExecStart=\nExecStart=kube-apiserver --new\n",
    )]);
    let found = read(&unit, &files).unwrap().unwrap();
    assert!(matches!(&found[..], [Document::Invocation(found)] if strings(found) == ["--new"]));
}

#[test]
fn a_drop_in_is_not_judged_twice() {
    let drop_in = Text::of(&SourceFile::new(
        "/x/kube-apiserver.service.d/a.conf",
        "[Service]\nExecStart=\nExecStart=kube-apiserver --new\n",
    ));
    let files = Files::of(&[("../kube-apiserver.service", "[Service]\nExecStart=kube-apiserver\n")]);
    assert!(is_read_with_its_unit(drop_in.file(), &files));
    assert!(!is_read_with_its_unit(drop_in.file(), &NoSurroundings));
    assert_eq!(read(&drop_in, &NoSurroundings).unwrap().unwrap().len(), 1);
}

#[test]
fn flags_below_a_line_that_ends_the_command_are_told() {
    for between in ["", "\n"] {
        let unit = format!(
            "[Service]\nExecStart=kube-apiserver --a=1\n{between}  --b=2 \\\n  --c=3\n\
            Restart=always\n"
        );
        let found = only(&unit, &NoSurroundings);
        assert_eq!(strings(&found), ["--a=1"]);
        assert!(found.unresolved[0].value.starts_with("ExecStart= has ended above"), "{found:?}");
    }
}

#[test]
fn a_templates_lines_are_looked_through() {
    let unit = "{% set x = 1 %}\n[Service]\nExecStart=kube-apiserver \\\n{% if x %}\n  --a=1 \\\n\
        {% else %}\n  --a=2 \\\n\
                {% endif %}\n  --b={{ b }}\n";
    let found = only(unit, &NoSurroundings);
    assert_eq!(strings(&found), ["--a=1", "--a=2", "--b={{ b }}"]);
    assert_eq!(found.completeness, Completeness::Fragment);
    assert!(
        found.arguments.iter().all(|argument| argument.opaque),
        "one of the branches is taken, nobody \
    knows which"
    );
}

#[test]
fn other_files_are_no_units() {
    for source in ["", "cat > x <<EOF\n[Service]\nExecStart=x\nEOF\n", "kind: Pod\n", "# [Service]\n", "[a]: x\n"] {
        assert!(read(&text(source), &NoSurroundings).unwrap().is_none(), "{source}");
    }
}

/// A writer of its own for `ExecStart=`.
fn quoted(word: &str, style: u8) -> String {
    let escaped: String = word
        .chars()
        .flat_map(|c| match c {
            '\\' => vec!['\\', '\\'],
            '%' => vec!['%', '%'],
            '$' => vec!['$', '$'],
            '"' if style == 0 => vec!['\\', '"'],
            '\'' if style == 1 => vec!['\\', '\''],
            c => vec![c],
        })
        .collect();
    if style == 0 { format!("\"{escaped}\"") } else { format!("'{escaped}'") }
}

proptest! {
    #[test]
    fn quoted_words_are_read_back(input in prop::collection::vec(("[^\\x00\\n{<%]*", 0..2_u8), 0..6)) {
        let value: Vec<String> = input.iter().map(|(word, style)| quoted(word, *style)).collect();
        let value = text(&format!("/bin/x {}", value.join(" ")));
        let found = commands(&value, &Nothing);
        let words: Vec<&str> = found[0].iter().skip(1).map(|field| field.text.as_str()).collect();
        let expected: Vec<&str> = input.iter().map(|(word, _)| word.as_str()).collect();
        prop_assert_eq!(words, expected, "{}", value);
    }

    #[test]
    fn any_unit_is_read(pieces in prop::collection::vec(prop::sample::select(vec![
        "[Service]\n", "ExecStart=", "kube-apiserver ", "Environment=", "EnvironmentFile=", "A=b", "$A", "${A}", "${",
        "\\\n", "\\\\\n", "\\", "\n", "\r\n", "\"", "'", "%i", "%", "{{ x }}", "{% x %}\n", "{%", "<%", "#",
        ";", " ", "--c=d",
        "\u{a0}", "ä", "\0", "\u{feff}",
    ]), 0..60)) {
        let text = text(&pieces.concat());
        let files = EnvironmentFiles::new(&NoSurroundings);
        let variables = ScriptVariables::default();
        let around = Around { files: &files, here_documents: &[], variables: &variables };
        for document in documents(&text, "x.service", around, Undefined::Empty) {
            if let Document::Invocation(invocation) = document {
                for argument in invocation.arguments {
                    prop_assert!(argument.text.origin().range().end <= text.file().text().len());
                }
            }
        }
        for field in split_value(&text, Specifiers::Literal) {
            prop_assert!(field.text.origin().range().end <= text.file().text().len());
        }
    }
}

#[test]
fn an_exported_variable_of_an_environment_file_is_not_set_and_that_is_said() {
    let files = Files::of(&[("/etc/default/kube", "export CA=/a\nB=/b\n")]);
    let unit = "[Service]\nEnvironmentFile=/etc/default/kube\nExecStart=kube-apiserver --x=${CA} --y=${B}\n";
    let found = only(unit, &files);
    assert_eq!(strings(&found), ["--x=", "--y=/b"]);
    assert!(format!("{found:?}").contains("systemd ignores this line"), "{found:?}");
}

#[test]
fn behind_an_at_sign_the_second_word_is_the_processs_name() {
    let found = only("[Service]\nExecStart=@/usr/bin/kube-apiserver kube-apiserver --x=1\n", &NoSurroundings);
    assert_eq!(strings(&found), ["--x=1"]);
    let found = only("[Service]\nExecStart=-/usr/bin/kube-apiserver kube-apiserver --x=1\n", &NoSurroundings);
    assert_eq!(strings(&found), ["kube-apiserver", "--x=1"]);
}

#[test]
fn an_environment_file_is_not_judged_twice() {
    let unit = "[Service]\nEnvironmentFile=-/etc/default/%N\nExecStart=/usr/bin/kube-apiserver $ARGS\n";
    let other = "[Service]\nEnvironmentFile=/etc/default/kube-apiserver\nExecStart=/usr/bin/etcd $ARGS\n";
    let flags = "ARGS=--client-ca-file=/a\n";
    for (unit, is_part) in [(unit, true), (other, false)] {
        let files = [("/etc/systemd/system/kube-apiserver.service", unit), ("/etc/default/kube-apiserver", flags)];
        let files = Files::of(&files);
        let file = files.file("/etc/default/kube-apiserver").unwrap();
        assert_eq!(is_read_with_its_unit(&file, &files), is_part, "{unit}");
    }
    let files = Files::of(&[("/etc/default/kube-apiserver", flags)]);
    assert_eq!(only(unit, &files).arguments.len(), 1);
}

#[test]
fn a_drop_in_belongs_to_the_unit_in_another_directory_of_the_host() {
    let unit = "[Service]\nEnvironment=CA=/a\nExecStart=kube-apiserver --x=${CA}\n";
    let drop_in = "[Service]\nEnvironment=CA=/b\nEnvironment=EXTRA=--requestheader-client-ca-file=/b\n";
    let (unit_path, drop_in_path) =
        ("/lib/systemd/system/kube-apiserver.service", "/etc/systemd/system/kube-apiserver.service.d/10.conf");
    let files = Files::of(&[(unit_path, unit), (drop_in_path, drop_in)]);
    for root in ["", "node1"] {
        let file = |path: &str, source: &str| SourceFile::new(format!("{root}{path}"), source);
        let found = read(&Text::of(&file(unit_path, unit)), &files).unwrap().unwrap();
        let [Document::Invocation(server)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(strings(server), ["--x=/b"]);
        assert!(is_read_with_its_unit(&file(drop_in_path, drop_in), &files));
    }
}

/// systemd.unit(5): what a drop-in gives counts, whatever the unit's own file says.
#[test]
fn a_unit_that_only_its_drop_ins_make_ours_is_read() {
    let flags = "--client-ca-file=/p/ca.crt --requestheader-client-ca-file=/p/ca.crt";
    let runs = format!("[Service]\nExecStart=\nExecStart=/usr/bin/kube-apiserver {flags}\n");
    let sets = format!("[Service]\nEnvironment=\"ARGS={flags}\"\n");
    let hands = "[Service]\nExecStart=\nExecStart=/usr/local/bin/k3s server --kube-apiserver-arg requestheader-client-ca-file=/x\n";
    for (unit, drop_in, in_unit, in_drop_in) in [
        ("kapi.service", "kapi.service.d", "ExecStart=/opt/run.sh", runs.as_str()),
        ("k3s.service", "k3s.service.d", "ExecStart=/usr/local/bin/k3s server", hands),
        ("kube-api.service", "kube-.service.d", "ExecStart=/usr/bin/kube-apiserver $ARGS", &sets),
        ("kube-api.service", "service.d", "ExecStart=/usr/bin/kube-apiserver $ARGS", &sets),
        ("kapi@a.service", "kapi@.service.d", "ExecStart=/usr/bin/kube-apiserver $ARGS", &sets),
    ] {
        let directory = "/etc/systemd/system";
        let (unit, drop_in) = (format!("{directory}/{unit}"), format!("{directory}/{drop_in}/1.conf"));
        let files = Files::of(&[(&unit, &format!("[Service]\n{in_unit}\n")), (&drop_in, in_drop_in)]);
        let read = |path: &str| crate::source::read(&files.file(path).unwrap(), None, &files).unwrap();
        let [Document::Invocation(found)] = &read(&unit)[..] else { panic!("{unit}: {:?}", read(&unit)) };
        assert!(strings(found).iter().any(|flag| flag.starts_with("--requestheader-client-ca-file")), "{found:?}");
        assert!(read(&drop_in).is_empty(), "{drop_in} is read with its unit");
    }
    // The unit does not use it.
    let (unit, drop_in) = ("/etc/systemd/system/x.service", "/etc/systemd/system/x.service.d/1.conf");
    let files = Files::of(&[(unit, "[Service]\nExecStart=/opt/run.sh\n"), (drop_in, &sets)]);
    assert!(crate::source::read(&files.file(unit).unwrap(), None, &files).is_err());
    assert_eq!(crate::source::read(&files.file(drop_in).unwrap(), None, &files).unwrap().len(), 1);
}

/// What is written before a file that is not here may be written over by it.
#[test]
fn a_file_that_is_not_here_may_give_another_value() {
    struct Whole(Files);
    impl Surroundings for Whole {
        fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
            self.0.file(path)
        }

        fn directory(&self, path: &str) -> Vec<String> {
            self.0.directory(path)
        }

        fn is_absent(&self, path: &str) -> bool {
            self.file(path).is_none()
        }
    }
    let files = || Files::of(&[("/etc/a", "A=/a\n")]);
    let unit = |first: &str, then: &str| {
        format!(
            "[Service]\nEnvironment=A=/x\n{first}\n{then}\nExecStart=/usr/bin/kube-apiserver --client-ca-file=${{A}}\n"
        )
    };
    let (here, elsewhere) = ("EnvironmentFile=/etc/a", "EnvironmentFile=-/etc/b");
    let is_open = |unit: &str, around: &dyn Surroundings| invocations(unit, around)[0].arguments[0].opaque;
    for (first, then, open) in
        [(here, "", false), (here, elsewhere, true), (elsewhere, here, false), ("", elsewhere, true)]
    {
        assert_eq!(is_open(&unit(first, then), &files()), open, "{first} {then}");
        assert!(!is_open(&unit(first, then), &Whole(files())), "{first} {then}");
    }
}
