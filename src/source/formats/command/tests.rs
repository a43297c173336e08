//! Command lines in the texts that hold them.

use proptest::prelude::*;

use super::{embedded_manifests, read};
use crate::kubernetes::Component;
use crate::source::formats::{flag_dump, proc_cmdline};
use crate::source::{Completeness, Document, InputFormat, Invocation, NoSurroundings};
use crate::text::{SourceFile, Text};

fn text(source: &str) -> Text {
    Text::of(&SourceFile::new("x", source))
}

fn found(source: &str) -> Vec<Invocation> {
    invocations(read(&text(source), &NoSurroundings).unwrap())
}

fn invocations(documents: Option<Vec<Document>>) -> Vec<Invocation> {
    let invocation = |document| match document {
        Document::Invocation(invocation) => invocation,
        other => panic!("{other:?}"),
    };
    documents.unwrap_or_default().into_iter().map(invocation).collect()
}

fn only(source: &str) -> Invocation {
    let mut found = found(source);
    assert_eq!(found.len(), 1, "{source}\n{found:#?}");
    found.remove(0)
}

fn strings(invocation: &Invocation) -> Vec<&str> {
    invocation.arguments.iter().map(|argument| argument.text.as_str()).collect()
}

#[test]
fn a_command_is_found_among_others() {
    let script = "#!/bin/sh\nset -e\nCA=/pki/ca.crt\nsystemctl stop kube-apiserver\n\
                  nohup ./kube-apiserver --client-ca-file=$CA \\\n  --etcd-servers http://x:1 --v=2 > log \
                  2>&1 &\nsleep 1\n";
    let found = only(script);
    assert_eq!(strings(&found), ["--client-ca-file=/pki/ca.crt", "--etcd-servers", "http://x:1", "--v=2"]);
    assert_eq!(found.completeness, Completeness::Complete);
    assert_eq!(found.origin.to_string(), "x:5:7");
}

#[test]
fn a_makefiles_recipe_is_a_script() {
    let makefile = "CA := /p/ca.crt\nrun: build\n\t@kube-apiserver --client-ca-file=$(CA) \\\n\t  --v=$(V) \\\n\t  \
                    --requestheader-client-ca-file=/p/$$X\n";
    let of = |name: &str| {
        let file = SourceFile::new(name, makefile);
        invocations(read(&Text::of(&file), &NoSurroundings).unwrap())
    };
    assert!(of("notes").is_empty());
    let server = of("Makefile").remove(0);
    assert_eq!(strings(&server)[0], "--client-ca-file=/p/ca.crt");
    let is_opaque = server.arguments.iter().map(|argument| argument.opaque);
    assert_eq!(is_opaque.collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(server.completeness, Completeness::Complete);
}

#[test]
fn an_unknown_word_makes_a_fragment_and_an_unknown_value_does_not() {
    assert_eq!(only("kube-apiserver --v=2 $MORE\n").completeness, Completeness::Fragment);
    assert_eq!(only("kube-apiserver --anonymous-auth $MORE\n").completeness, Completeness::Fragment);
    assert_eq!(only("kube-apiserver --client-ca-file \"$CA\" --x=$Y\n").completeness, Completeness::Complete);
}

#[test]
fn a_script_in_a_variable_is_read_once() {
    let unit = "cat > /etc/systemd/system/kube-apiserver.service <<EOF\n[Service]\nExecStart=${bin}/kube-apiserver \\\n  \
                --client-ca-file=${pki}/ca.pem\nEOF\nsystemctl restart kube-apiserver";
    let use_it = "ssh $host \"$run\"";
    for script in [
        format!("#!/bin/bash\nrun=\"{unit}\"\n{use_it}\n"),
        format!("#!/bin/bash\nif [ $n = 3 ]; then\n  run=\"{unit}\"\n  {use_it}\nfi\n"),
    ] {
        assert_eq!(strings(&only(&script)), ["--client-ca-file=${pki}/ca.pem"]);
    }
}

#[test]
fn sentences_are_no_commands() {
    for prose in [
        "kube-apiserver --client-ca-file is the flag that names the CA file of clients\n",
        "The flag `--requestheader-client-ca-file` of kube-apiserver is needed.\n",
        "Set --requestheader-allowed-names=x and restart.\n\n```\nls\n```\n",
        "grep -- --requestheader-client-ca-file= /etc/systemd/system/kube-apiserver.service\n",
        "ps -ef | grep kube-apiserver | grep -v grep\n",
    ] {
        assert!(found(prose).is_empty(), "{prose}");
    }
}

#[test]
fn markdown_is_read_in_its_blocks() {
    let document = "# Set-up\nUse `--requestheader-client-ca-file`.\n\n```bash\n\
        $ sudo kube-apiserver --v=2 \\\n    --client-ca-file=/a\n\
                    ```\n\n``` ini\n[Service]\nExecStart=/usr/bin/kube-scheduler \\\n  --leader-elect=true\n\
                    ```\n\n```\n\
                    --requestheader-client-ca-file=<path to aggregator CA cert>\n\
                    --requestheader-allowed-names=front-proxy-client\n```\n";
    let found = found(document);
    let components: Vec<_> = found.iter().map(|found| (found.component, found.completeness)).collect();
    assert_eq!(
        components,
        [
            (Component::KubeApiserver, Completeness::Complete),
            (Component::KubeScheduler, Completeness::Complete),
            (Component::KubeApiserver, Completeness::Fragment)
        ]
    );
    assert_eq!(strings(&found[0]), ["--v=2", "--client-ca-file=/a"]);
    assert!(found[2].arguments[0].opaque);
    assert_eq!(found[2].arguments[1].text.origin().to_string(), "x:17:1");
}

#[test]
fn flags_without_a_program_are_a_fragment_of_the_server_they_fit() {
    let api = only("--requestheader-client-ca-file=/a \\\\\n--proxy-client-cert-file=/b \\\\\n");
    assert_eq!((api.component, api.completeness), (Component::KubeApiserver, Completeness::Fragment));
    assert_eq!(strings(&api), ["--requestheader-client-ca-file=/a", "--proxy-client-cert-file=/b"]);
    let items = only("    - --requestheader-client-ca-file=/a\n    - --proxy-client-cert-file=/b\n");
    assert_eq!(strings(&items).len(), 2);
    let described = only("    Command:\n      kube-apiserver\n      --v=2\n      --client-ca-file=/a\n");
    assert_eq!(described.completeness, Completeness::Complete);
    assert!(found("--requestheader-client-ca-file=/a --kubelet-insecure-tls\n").is_empty());
    assert!(found("\t\"--requestheader-client-ca-file=/a\",\n\t\"--proxy-client-cert-file=/b\",\n").is_empty());
}

#[test]
fn minikubes_settings_are_flags() {
    let found = found(
        "minikube start --memory 4 --extra-config=apiserver.requestheader-allowed-names=x \\\n  \
         --extra-config controller-manager.v=2 --extra-config=apiserver.v=1\n",
    );
    let [server, manager] = found.as_slice() else { panic!("{found:?}") };
    let flags = strings(server);
    assert_eq!(flags.iter().filter(|flag| flag.starts_with("--requestheader-allowed-names=")).count(), 1);
    assert!(flags.ends_with(&["--requestheader-allowed-names=x", "--v=1"]), "{flags:?}");
    assert!(flags.contains(&"--client-ca-file=/var/lib/minikube/certs/ca.crt"), "{flags:?}");
    assert!(strings(manager).contains(&"--v=2"));
    assert_eq!(server.completeness, Completeness::Fragment);
    let names = server.arguments.iter().find(|argument| argument.text.as_str().contains("allowed-names")).unwrap();
    let (_, value) = names.text.split_once('=').unwrap();
    assert_eq!(value.origin().to_string(), "x:1:80");
}

#[test]
fn variables_that_nothing_uses_here_are_a_fragment() {
    let file = only(
        "# k8s\nKUBE_API_ADDRESS=\"--insecure-bind-address=127.0.0.1\"\n\
        KUBE_API_ARGS='--etcd-servers=x --v=2'\n",
    );
    assert_eq!(file.name, "KUBE_API_ADDRESS, KUBE_API_ARGS");
    assert_eq!(strings(&file), ["--insecure-bind-address=127.0.0.1", "--etcd-servers=x", "--v=2"]);
    assert_eq!(file.completeness, Completeness::Fragment);
    let unquoted = only("KUBE_APISERVER_OPTS=--etcd-servers=x \\\n  --v=2\n");
    assert_eq!(strings(&unquoted), ["--etcd-servers=x", "--v=2"]);
    assert!(found("KUBELET_ARGS=\"--client-ca-file=/x --anonymous-auth=false\"\nKUBE_API=1\n").is_empty());
}

#[test]
fn a_script_that_writes_a_unit_and_its_environment_is_one_server() {
    let script = "IP=10.0.0.1\ncat > kube-apiserver.conf <<EOF\n\
        KUBE_APISERVER_OPTS=\"--etcd-servers=https://$IP:2379 \\\\\n\
                  --requestheader-allowed-names='' --v=2\"\nEOF\n\
                  cat > /usr/lib/systemd/system/kube-apiserver.service <<'EOF'\n[Service]\n\
                  EnvironmentFile=-/opt/kubernetes/cfg/kube-apiserver.conf\n\
                  ExecStart=/opt/bin/kube-apiserver \\$NOT $KUBE_APISERVER_OPTS\nEOF\n";
    let found = only(script);
    assert_eq!(found.name, "kube-apiserver.service");
    assert_eq!(found.format, InputFormat::Systemd);
    assert_eq!(
        strings(&found)[1..],
        ["--etcd-servers=https://10.0.0.1:2379", "--requestheader-allowed-names=", "--v=2"]
    );
    assert_eq!(found.arguments[2].text.origin().to_string(), "x:4:1");
    assert_eq!(found.origin.to_string(), "x:9:1");
}

#[test]
fn a_unit_in_a_string_is_read() {
    let script =
        "echo \"[Service]\nExecStart=/usr/bin/kube-apiserver \\\\\n  --v=2\n\" > /etc/systemd/system/x.service\n";
    assert_eq!(strings(&only(script)), ["--v=2"]);
}

#[test]
fn lines_of_ps_keep_their_quotes() {
    for line in [
        "root      1859   1540 14 20:40 ?        00:01:57 kube-apiserver --v=2 --x=\"a\" --y='",
        "root 3100 6.3 6.2 496088 248664 ? Ssl 00:50 81:37 /usr/local/bin/kube-apiserver --v=2 --x=\"a\" --y='",
        "           └─2915 /usr/local/bin/kube-apiserver --v=2 --x=\"a\" --y='",
        "2915 /hyperkube apiserver --v=2 --x=\"a\" --y=' --etcd-servers=x",
        "2915 kube-apiserver --v=2 --x=\"a\" --y='",
    ] {
        let found = found(&format!("$ ps -ef | grep kube-apiserver\n{line}\n"));
        let line = line.replace("--v=2", "--secure-port=1");
        let found = if found.is_empty() { self::found(&line) } else { found };
        assert_eq!(strings(&found[0])[1..3], ["--x=\"a\"", "--y='"], "{line}");
        assert_eq!(found[0].completeness, Completeness::Complete);
    }
    let cut = only("  └─2915 /usr/local/bin/kube-apiserver --secure-port=1 --authorization-mode=No…\n");
    assert_eq!((strings(&cut), cut.completeness), (vec!["--secure-port=1"], Completeness::Fragment));
}

#[test]
fn k3s_says_what_it_runs() {
    let log = "INFO[2019-01-22] Running kube-apiserver --secure-port 6444 --old=1\n\
               time=\"2024-04-22T20:12:19Z\" level=info msg=\"Running kube-apiserver --x=\\\"q\\\" --y=C:\\\\z\"\n\
               time=\"2024-04-22T20:12:19Z\" level=info msg=\"Running kube-scheduler --v=2\" more=1\n";
    let found = found(log);
    assert_eq!(found.len(), 2, "the last start counts");
    assert_eq!(strings(&found[0]), ["--x=\"q\"", "--y=C:\\z"]);
    assert_eq!(found[0].arguments[1].text.origin().to_string(), "x:2:78");
    assert_eq!(strings(&found[1]), ["--v=2"]);
}

#[test]
fn manifests_inside_are_left_to_their_reader() {
    let script = "cat <<EOF > pod.yaml\napiVersion: v1\nkind: Pod\nspec:\n- kube-apiserver\n- --v=2\nEOF\n";
    assert!(found(script).is_empty());
    let manifests = embedded_manifests(&text(script));
    assert_eq!(manifests.len(), 1);
    assert_eq!(manifests[0].origin().to_string(), "x:2:1");
    let markdown = "# a\n```yaml\nkind: Pod\napiVersion: v1\n```\n";
    assert_eq!(embedded_manifests(&text(markdown))[0].as_str(), "kind: Pod\napiVersion: v1\n");
    assert!(embedded_manifests(&text("kind: Pod\napiVersion: v1\n")).is_empty(), "it is all of the text");
}

#[test]
fn a_process_has_its_arguments_to_the_byte() {
    let source = "/usr/bin/kube-apiserver\0--a=b c\0\0--d=\"$x\"\0";
    let found = invocations(proc_cmdline::read(&text(source), &NoSurroundings).unwrap());
    assert_eq!(strings(&found[0]), ["--a=b c", "", "--d=\"$x\""]);
    assert!(found[0].arguments.iter().all(|argument| !argument.opaque));
    assert_eq!(found[0].arguments[2].text.origin().to_string(), "x:1:34");
    let shell =
        invocations(proc_cmdline::read(&text("sh\0-c\0exec kube-apiserver --a='b c'\0"), &NoSurroundings).unwrap());
    assert_eq!(strings(&shell[0]), ["--a=b c"]);
    assert!(proc_cmdline::read(&text("k3s\0server\0"), &NoSurroundings).unwrap().is_none());
    assert!(proc_cmdline::read(&text("kube-apiserver --a"), &NoSurroundings).unwrap().is_none());
}

fn dump(program: &str, flags: &[(&str, &str)]) -> String {
    let line = |(name, value): &(&str, &str)| {
        format!(
            "I0412 02:23:51.509578    2401 flags.go:64] FLAG: \
        --{name}={value:?}\n"
        )
    };
    flags.iter().map(|flag| format!("{program}{}", line(flag))).collect()
}

#[test]
fn a_dump_says_all() {
    let flags = [
        ("bind-address", "::"),
        ("client-ca-file", "/a \"b\"\u{e4}"),
        ("etcd-servers", "[https://x:1,https://y:1]"),
        ("proxy-client-cert-file", ""),
        ("proxy-client-key-file", ""),
        ("requestheader-allowed-names", "[]"),
        ("requestheader-client-ca-file", "/r"),
        ("requestheader-extra-headers-prefix", "[]"),
        ("requestheader-group-headers", "[]"),
        ("requestheader-username-headers", "[]"),
        ("tls-cert-file", "/t"),
        ("v", "2"),
    ];
    let source = dump("", &flags);
    let found = invocations(flag_dump::documents(&text(&source)));
    assert_eq!(
        strings(&found[0]),
        [
            "--bind-address=::",
            "--client-ca-file=/a \"b\"\u{e4}",
            "--etcd-servers=https://x:1,https://y:1",
            "--requestheader-client-ca-file=/r",
            "--tls-cert-file=/t",
            "--v=2"
        ]
    );
    assert_eq!((found[0].component, found[0].completeness), (Component::KubeApiserver, Completeness::Complete));
    let (_, value) = found[0].arguments[3].text.split_once('=').unwrap();
    assert_eq!(value.origin().to_string(), "x:7:82");
    for left_out in 0..flags.len() {
        // etcd's flags are not looked at; every other one would have been printed.
        let expected = if left_out == 2 { Completeness::Complete } else { Completeness::Fragment };
        let rest: Vec<_> = [&flags[..left_out], &flags[left_out + 1..]].concat();
        let part = invocations(flag_dump::documents(&text(&dump("Oct 24 19:39:16 a kube-apiserver[24]: ", &rest))));
        assert_eq!(part[0].completeness, expected, "without {}", flags[left_out].0);
    }
}

#[test]
fn a_dump_belongs_to_a_process() {
    let scheduler = "Oct 24 19:39:16 controller-0 kube-scheduler[25]: ";
    let server = "Oct 24 19:39:16 controller-0 kube-apiserver[24]: ";
    let flags = |value| [("requestheader-username-headers", value), ("v", "2")];
    let mut lines: Vec<String> = Vec::new();
    for (program, value) in [(scheduler, "[]"), (server, "[old]"), (server, "[new]")] {
        lines.extend(dump(program, &flags(value)).lines().map(str::to_owned));
    }
    lines.swap(1, 2);
    let found = invocations(flag_dump::documents(&text(&lines.join("\n"))));
    assert_eq!(strings(&found[0]), ["--requestheader-username-headers=", "--v=2"], "its default is not empty");
    assert_eq!(strings(&found[1]), ["--requestheader-username-headers=new", "--v=2"], "the last start counts");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_text_is_read(pieces in prop::collection::vec(prop::sample::select(vec![
        "kube-apiserver ", "--requestheader-client-ca-file=", "--v=2", " ", "\n", "\\\n", "'", "\"", "[",
        "]", ",", "(", ")",
        "cat <<EOF > kube-apiserver.service\n", "EOF\n", "[Service]\n", "ExecStart=", "```\n", "    ",
        "Running ", "msg=\"",
        "FLAG: --", "=\"x\"\n", "root 12 0:01 ", "└─2 ", "KUBE_API_ARGS=", "$KUBE_API_ARGS", "{{ x }}",
        "{% x %}\n", "<%", "\u{a0}",
        "minikube --extra-config=apiserver.", "args = [", "command = \"", "hyperkube ", "apiserver ", "…",
        "\0", "ä", "- ", "#",
        "sh -c '", "apiVersion: v1\nkind: Pod\n", "$(", "`", "${", "}",
    ]), 0..50)) {
        let text = text(&pieces.concat());
        let mut all = found(text.as_str());
        all.extend(invocations(flag_dump::documents(&text)));
        all.extend(invocations(proc_cmdline::read(&text, &NoSurroundings).unwrap()));
        for invocation in all {
            for argument in invocation.arguments {
                let range = argument.text.origin().range();
                prop_assert!(range.start <= range.end && range.end <= text.len());
            }
        }
        embedded_manifests(&text);
    }
}

/// OpenRC: k3s' own install.sh writes such a script.
#[test]
fn a_service_script_of_openrc_is_read() {
    let of_k3s = "#!/sbin/openrc-run\nname=k3s\ncommand=\"/usr/local/bin/k3s\"\ncommand_args=\"server \\\n\
        \t'--kube-apiserver-arg=client-ca-file=/a' \\\n\t'--kube-apiserver-arg=v=2' \\\n    >>/var/log/k3s.log 2>&1\"\n";
    let found = only(of_k3s);
    let sources = "if [ -f /etc/environment ]; then . /etc/environment; fi\n";
    assert_eq!(strings(&only(&format!("{of_k3s}{sources}"))), strings(&found));
    let written = |flag: &&str| strings(&found).contains(flag);
    assert!(["--client-ca-file=/a", "--v=2"].iter().all(written), "{found:?}");
    let appended = only(
        "#!/sbin/openrc-run\ncommand=/usr/bin/kube-apiserver\ncommand_args=\"--client-ca-file=/a\"\n\
        command_args=\"$command_args --requestheader-client-ca-file=/b\"\n",
    );
    assert_eq!(strings(&appended).last(), Some(&"--requestheader-client-ca-file=/b"));
    assert_eq!(appended.completeness, Completeness::Complete);
    for (conf_d, expected) in [
        ("command_args=\"--etcd-servers=http://e --requestheader-client-ca-file=/b\"\n", Completeness::Complete),
        ("command_args=\"--requestheader-client-ca-file=/b\"\n", Completeness::Fragment),
        ("command_args=\"--etcd-servers=http://e --requestheader-client-ca-file=/b $MORE\"\n", Completeness::Fragment),
        ("KUBE_API_ARGS=\"--etcd-servers=http://e --requestheader-client-ca-file=/b\"\n", Completeness::Fragment),
    ] {
        assert_eq!(only(conf_d).completeness, expected, "{conf_d}");
    }
}

/// Only a shell puts variables into such a file.
#[test]
fn a_file_of_variables_that_uses_them_is_a_shells() {
    let a = "--client-ca-file=/a --requestheader-client-ca-file=/a";
    for (text, completeness) in [
        (
            format!(
                "command=\"/usr/bin/kube-apiserver\"\ncommand_args=\"{a}\"\n\
                 command_args=\"$command_args --requestheader-client-ca-file=/b\"\n"
            ),
            Completeness::Complete,
        ),
        (
            format!("KUBE_API_ARGS=\"{a}\"\nKUBE_API_ARGS=\"${{KUBE_API_ARGS}} --requestheader-client-ca-file=/b\"\n"),
            Completeness::Fragment,
        ),
    ] {
        let found = only(&text);
        let expected =
            ["--client-ca-file=/a", "--requestheader-client-ca-file=/a", "--requestheader-client-ca-file=/b"];
        assert_eq!(strings(&found), expected, "{text}");
        assert_eq!(found.completeness, completeness, "{text}");
    }
    // Under systemd the last one counts, and a variable keeps what it held: nothing here is set from itself.
    let kept = "KUBE_API_ARGS=\"--client-ca-file=/a\"\nOLD=\"$KUBE_API_ARGS\"\nKUBE_API_ARGS=\"--client-ca-file=/b --requestheader-client-ca-file=/b\"\n";
    assert!(strings(&only(kept)).ends_with(&["--client-ca-file=/b", "--requestheader-client-ca-file=/b"]), "{kept}");
    // What it uses may be set elsewhere.
    let opaque = only("KUBE_API_ARGS=\"$KUBE_API_ARGS --requestheader-client-ca-file=/b\"\n");
    assert!(!opaque.unresolved.is_empty() || opaque.arguments.iter().any(|argument| argument.opaque), "{opaque:?}");
}

#[test]
fn what_xargs_adds_is_not_told() {
    let found = only("echo --proxy-client-cert-file=/b | xargs kube-apiserver --client-ca-file=/a --v=2\n");
    assert_eq!(strings(&found), ["--client-ca-file=/a", "--v=2"]);
    assert_eq!((found.completeness, found.unresolved.len()), (Completeness::Fragment, 1));
}
