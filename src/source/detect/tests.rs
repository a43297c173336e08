//! What is recognised, and what is told of the rest.

use proptest::prelude::*;

use super::*;
use crate::source::{Completeness, Invocation, NoSurroundings, NotLoaded, WrittenKey};

fn found(text: &str, forced: Option<InputFormat>) -> Result<Vec<InputFormat>, ReadError> {
    let documents = read(&SourceFile::new("f", text), forced, &NoSurroundings)?;
    let format = |document: &Document| match document {
        Document::Invocation(invocation) => invocation.format,
        Document::AuthenticationConfigMap(_) => InputFormat::ConfigMap,
        Document::ApiService(_) => InputFormat::ApiService,
        Document::Collection(_) | Document::Handshake(_) => InputFormat::Collection,
        Document::Unread(unread) => panic!("{unread}"),
        Document::Resource(_) => unreachable!("left out"),
    };
    Ok(documents.iter().filter(|document| !matches!(document, Document::Resource(_))).map(format).collect())
}

#[test]
fn a_forced_format_leaves_out_all_others() {
    let text = "kind: ClusterConfiguration\n---\nspec: {containers: [{command: [kube-apiserver, --v=2]}]}\n";
    let all = [InputFormat::Kubeadm, InputFormat::Kubeadm, InputFormat::Manifest];
    assert_eq!(found(text, None).unwrap(), all);
    assert_eq!(found(text, Some(InputFormat::Manifest)).unwrap(), [InputFormat::Manifest]);
    let nothing = found(text, Some(InputFormat::ApiService));
    assert!(matches!(nothing, Err(ReadError::Unrecognised { .. })), "{nothing:?}");
}

#[test]
fn a_manifest_that_a_script_writes_is_read_once() {
    let script = "#!/bin/sh\ncat > /m/api.yaml <<EOF\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command: \
                  [kube-apiserver, --client-ca-file=/a]\nEOF\n";
    assert_eq!(found(script, None).unwrap(), [InputFormat::Manifest]);
    let and_more = format!("{script}kube-apiserver --client-ca-file=/b\n");
    assert_eq!(found(&and_more, None).unwrap(), [InputFormat::Command, InputFormat::Manifest]);
}

#[test]
fn a_sentence_above_a_command_is_no_key() {
    let command = "    kube-apiserver --client-ca-file=/ca.crt \\\n        --requestheader-client-ca-file=/ca.crt\n";
    for sentence in ["# Notes\n\nStart the server:\n\n", "Start the server::\n\n", "Example::\n\n", "Start:\n\n"] {
        let text = format!("{sentence}{command}");
        let documents = read(&SourceFile::new("f", text.as_str()), None, &NoSurroundings).unwrap();
        let [Document::Invocation(invocation)] = documents.as_slice() else { panic!("{documents:?}") };
        let arguments: Vec<&str> = invocation.arguments.iter().map(|argument| argument.text.as_str()).collect();
        assert_eq!(arguments, ["--client-ca-file=/ca.crt", "--requestheader-client-ca-file=/ca.crt"], "{text}");
    }
    let quoted = "release notes:\n  \"kube-apiserver \\\n  x\"\n";
    for text in
        [quoted, "command:\n  kube-apiserver \\\n", "- Start the server:\n    x \\\n", "Start the server:\n  a: b\n"]
    {
        assert!(!claims::announces_a_command(text), "{text}");
    }
}

#[test]
fn what_is_not_ours_is_unrecognised_and_not_broken() {
    for text in ["", "\n", "a: [", "key: value\n", "#!/bin/sh\nexit 0\n", "{\"a\": }", "\u{0}", "---\n---\n"] {
        let result = found(text, None);
        assert!(matches!(result, Err(ReadError::Unrecognised { .. })), "{text:?}: {result:?}");
    }
}

/// What stands at the place that a file's reader is told of.
fn mentioned(text: &str) -> Result<String, String> {
    match read(&SourceFile::new("f", text), None, &NoSurroundings) {
        Err(ReadError::NotASetup(Unread { mention, .. })) => Ok(mention.source().to_owned()),
        other => Err(format!("{text:?}: {other:?}")),
    }
}

#[test]
fn what_speaks_of_our_flags_and_is_not_read_is_told() {
    for (text, flag) in [
        ("The flag requestheader-client-ca-file of kube-apiserver names a CA.\n", "requestheader-client-ca-file"),
        (
            "# Changes\n\n- kube-apiserver: `--proxy-client-key-file` may be a pipe\n- say: no\n",
            "proxy-client-key-file",
        ),
        (
            "#: cmd/kube-apiserver.go:1\nmsgid \"requestheader-allowed-names: %s\"\nmsgstr \"\"\n",
            "requestheader-allowed-names",
        ),
        ("s.RequestHeader.AllowedNames = []string{\"kube-apiserver\"}\n", "RequestHeader.AllowedNames"),
    ] {
        assert_eq!(mentioned(text).as_deref(), Ok(flag));
    }
}

#[test]
fn only_a_broken_setup_is_a_failure() {
    let broken = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n   - --v=2\n";
    for (text, malformed) in [
        (broken, true),
        ("apiServer:\n  extraArgs:\n  - name: requestheader-client-ca-file\n   value: \"x\n", true),
        ("apiVersion: v1\nkind: x\n# such as kube-apiserver\nspec:\n  <See the other file>\n", false),
        ("package x\n\nconst pod = `\napiVersion: v1\nkind: Pod\na:\n  - b: c: d\n# kube-apiserver\n`\n", false),
        ("\"\"\"Text.\"\"\"\napiVersion: v1\nkind: kube-apiserver\na: b: c\n", false),
        ("# Changes\n\n- kube-apiserver: raise the `v` level\n- `kubelet`: nothing\n", false),
        ("# Notes\n\n- kube-apiserver: fixed, apiVersion and kind: of objects [#12]\n- `x`: the same again\n", false),
    ] {
        let result = found(text, None);
        assert_eq!(matches!(result, Err(ReadError::Malformed { .. })), malformed, "{text}: {result:?}");
    }
}

#[test]
fn a_string_is_read_only_so_deep() {
    let nest = |levels: usize| {
        let flag = "spec: {containers: [{command: [kube-apiserver, --v=2]}]}\n".to_owned();
        (0..levels).fold(flag, |inner, _| serde_json::json!({"inside": format!("#\n{inner}")}).to_string())
    };
    assert_eq!(found(&nest(DEPTH_LIMIT), None).unwrap(), [InputFormat::Manifest]);
    assert!(found(&nest(DEPTH_LIMIT + 1), None).is_err());
}

proptest! {
    #[test]
    fn any_heap_of_parts_is_survived(
        parts in proptest::collection::vec(prop_oneof![
            Just("spec: {containers: [{command: [kube-apiserver, --client-ca-file=/x]}]}"),
            Just("kube-apiserver \\\n  --a=b"), Just("ExecStart="), Just("[Service]\n"), Just("- --requestheader-"),
            Just("\n"), Just("\n  "), Just("{{ if x }}"), Just("{{ x }}"), Just("|\n  "), Just(": "), Just("<<EOF\n"),
            Just("EOF\n"), Just("```\n"), Just("FLAG: --a=\"b\"\n"), Just("kube-apiserver-arg: "), Just("ä\u{a0}"),
            Just("\0"), Just("---\n"), Just("$(X)"), Just("kind: ClusterConfiguration\n"), Just("\""), Just("'"),
        ], 0..30),
    ) {
        let file = SourceFile::new("f", parts.concat());
        for document in read(&file, None, &NoSurroundings).unwrap_or_default() {
            let Document::Invocation(invocation) = document else { continue };
            for argument in invocation.arguments {
                let range = argument.text.origin().range();
                prop_assert!(file.text().get(range).is_some());
            }
        }
    }
}

/// k8s.io/kubernetes pkg/kubelet/config/common.go, `tryDecodeSinglePod`.
#[test]
fn the_kubelet_takes_the_first_document_of_a_static_pod() {
    let pod = |ca: &str| {
        format!(
            "kind: Pod\nspec: {{containers: [{{command: [kube-apiserver, --requestheader-client-ca-file={ca}]}}]}}\n"
        )
    };
    let text = format!("---\n{}---\n{}---\n{}", pod("/a"), pod("/b"), pod("/c"));
    for (name, count) in [("n/etc/kubernetes/manifests/a.yaml", 1), ("n/etc/kubernetes/a.yaml", 3)] {
        let documents = read(&SourceFile::new(name, text.clone()), None, &NoSurroundings).unwrap();
        let flags = documents.iter().filter_map(|document| match document {
            Document::Invocation(invocation) => Some(invocation.arguments[0].text.to_string()),
            _ => None,
        });
        let flags: Vec<String> = flags.collect();
        assert_eq!((flags.len(), flags[0].as_str()), (count, "--requestheader-client-ca-file=/a"), "{name}");
        let unread = documents.iter().filter_map(|document| match document {
            Document::Unread(unread) => Some((unread.gives, unread.mention.start().0, unread.reason.clone())),
            _ => None,
        });
        let expected = if count == 1 { vec![(false, 6, NotRead::BehindFirst)] } else { Vec::new() };
        assert_eq!(unread.collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn a_directory_that_is_merely_called_so_holds_other_objects() {
    let deployment = "kind: Deployment\nspec: {template: {spec: {containers: [{command: [kube-apiserver, --client-ca-file=/a]}]}}}\n";
    let text = format!("kind: Namespace\n---\n{deployment}");
    let servers = |name: &str, text: &str| {
        let documents = read(&SourceFile::new(name, text), None, &NoSurroundings).unwrap_or_default();
        documents.iter().filter(|document| matches!(document, Document::Invocation(_))).count()
    };
    assert_eq!(servers("deploy/kubernetes/manifests/a.yaml", &text), 1);
    assert_eq!(servers("etc/kubernetes/manifests/a.yaml", &text), 0);
    let pods = format!("kind: Pod\nspec: {{containers: []}}\n---\n{deployment}");
    assert_eq!(servers("n/kubernetes/manifests/a.yaml", &pods), 0);
}

#[test]
fn what_has_a_word_like_ours_is_no_broken_setup() {
    let with = |line: &str| format!("apiVersion: v1\nkind: Pod\nspec:\n  a: b\n{line}\n");
    for line in ["  image: x/kube-apiserver:v1", "  - --client-ca-file=/x", "  requestheader-client-ca-file: /x"] {
        assert!(claims::claims_to_be_a_setup(&with(line)), "{line}");
    }
    for line in ["  apiserverConfig: x", "  metric: apiserver_request_total", "  job: apiserver"] {
        assert!(!claims::claims_to_be_a_setup(&with(line)), "{line}");
    }
}

/// What a file states that a server does not start without, it states as a whole.
#[test]
fn the_whole_of_a_servers_arguments_is_no_fragment() {
    let kwok = "kind: KwokctlConfiguration\ncomponents:\n- name: kube-apiserver\n  args:\n  - --requestheader-allowed-names=a\n";
    let openshift = "kind: KubeAPIServerConfig\napiServerArguments:\n  requestheader-allowed-names: [a]\n";
    for (text, more) in [
        (kwok, "  - --etcd-servers=http://e\n"),
        (openshift, "  etcd-servers: [http://e]\n  authorization-mode: [RBAC]\n"),
    ] {
        for (text, expected) in
            [(text.to_owned(), Completeness::Fragment), (format!("{text}{more}"), Completeness::Complete)]
        {
            let found = read(&SourceFile::new("x", text.as_str()), None, &NoSurroundings).unwrap();
            let [Document::Invocation(server)] = &found[..] else { panic!("{found:?}") };
            assert_eq!(server.completeness, expected, "{text}");
        }
    }
    // One of the layers that OpenShift's operator makes a configuration of.
    let layer = format!("{openshift}  etcd-servers: [http://e]\n");
    let found = read(&SourceFile::new("x", layer), None, &NoSurroundings).unwrap();
    assert!(matches!(&found[..], [Document::Invocation(server)] if server.completeness == Completeness::Fragment));
    let values = kwok.replace("components", "templates") + "  - --etcd-servers=http://e\n";
    let found = read(&SourceFile::new("x", values), None, &NoSurroundings).unwrap();
    assert!(matches!(&found[..], [Document::Invocation(server)] if server.completeness == Completeness::Fragment));
}

/// Two patches of kwok for one component are one set of flags; what two lists give is not.
#[test]
fn what_a_list_gives_to_one_component_is_one() {
    let patch = |name: &str, flag: &str| format!("- name: {name}\n  extraArgs:\n  - {{key: {flag}, value: /a}}\n");
    let (one, other) = (patch("kube-apiserver", "client-ca-file"), patch("kube-apiserver", "proxy-client-cert-file"));
    let manager = patch("kube-controller-manager", "client-ca-file");
    let list = format!("kind: KwokctlConfiguration\ncomponentsPatches:\n{one}{manager}{other}");
    for (text, counts) in [(list.clone(), vec![2, 1]), (format!("{list}more:\n{one}"), vec![2, 1, 1])] {
        let found = read(&SourceFile::new("x", text), None, &NoSurroundings).unwrap();
        let arguments = found.iter().map(|document| match document {
            Document::Invocation(server) => server.arguments.len(),
            other => panic!("{other:?}"),
        });
        assert_eq!(arguments.collect::<Vec<_>>(), counts);
    }
}

#[test]
fn the_same_command_line_is_one_set_up() {
    let line = "kube-apiserver --client-ca-file=/ca.crt --requestheader-client-ca-file=/ca.crt";
    let text = format!("a: |\n  {line}\n  x\nb: |\n  {line}\n  x\nc: |\n  {line} --v=2\n  x\nd: |\n  {line}\n  y\n");
    let documents = read(&SourceFile::new("f", text.as_str()), None, &NoSurroundings).unwrap();
    let again = |document: &Document| match document {
        Document::Invocation(invocation) => invocation.again.iter().map(|place| place.start().0).collect::<Vec<_>>(),
        _ => panic!("{document:?}"),
    };
    assert_eq!(documents.iter().map(again).collect::<Vec<_>>(), [vec![5, 11], vec![]]);
}

#[test]
fn what_is_written_beside_a_command_line_sets_it_apart() {
    let text = "kube-apiserver --client-ca-file=/ca.crt --requestheader-client-ca-file=/ca.crt\n";
    let file = SourceFile::new("f", text);
    let read = read(&file, None, &NoSurroundings).unwrap().remove(0);
    let Document::Invocation(plain) = read else { panic!("{read:?}") };
    let note = |text: &str| Located::new(text.to_owned(), plain.origin.clone());
    let with = |change: &dyn Fn(&mut Invocation)| {
        let mut invocation = plain.clone();
        change(&mut invocation);
        invocation
    };
    let key = || WrittenKey { path: "/ca.key".to_owned(), origin: plain.origin.clone(), key: None };
    let not_loaded = || NotLoaded { kind: "bool", value: note("true") };
    let noted = with(&|one| one.unresolved.push(note("one")));
    for (first, second, told) in [
        (&plain, &plain, 1),
        (&noted, &noted, 1),
        (&noted, &with(&|one| one.unresolved.push(note("other"))), 2),
        (&with(&|one| one.open = Some(note("one"))), &with(&|one| one.open = Some(note("other"))), 2),
        (&plain, &with(&|one| one.keys.push(key())), 2),
        (&plain, &with(&|one| one.not_loaded.push(not_loaded())), 2),
        (&plain, &with(&|one| one.alternatives.push(plain.clone())), 2),
        (&plain, &with(&|one| one.node = Some("a".to_owned())), 2),
    ] {
        let documents = [first, second].map(|one| Document::Invocation(one.clone()));
        assert_eq!(told_once(documents.into()).len(), told, "{second:?}");
    }
}
