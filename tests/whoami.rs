//! `aggcert whoami` as a person or a script uses it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use serde_json::Value;
use tempfile::TempDir;

const AT: [&str; 2] = ["--at", "2026-06-01"];
const FLAGS: [&str; 4] = [
    "--client-ca-file=ca.crt",
    "--requestheader-client-ca-file=front-proxy-ca.crt",
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-allowed-names=front-proxy-client",
];

/// A directory with two CAs, and a certificate of each: `kubelet.crt` and `front-proxy-client.crt`.
fn node() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (authority, client) in [("ca", "kubelet"), ("front-proxy-ca", "front-proxy-client")] {
        let mut parameters = named(authority);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        write(&directory, &format!("{authority}.crt"), &parameters.self_signed(&key).unwrap().pem());
        write(&directory, &format!("{authority}.key"), &key.serialize_pem());
        let issuer = Issuer::new(parameters, key);
        let mut parameters = named(client);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        write(&directory, &format!("{client}.crt"), &parameters.signed_by(&key, &issuer).unwrap().pem());
    }
    directory
}

fn named(common_name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    parameters
}

fn write(directory: &TempDir, name: &str, content: &str) {
    fs::write(directory.path().join(name), content).unwrap();
}

fn whoami(directory: &Path, arguments: &[&[&str]]) -> Output {
    let arguments = arguments.concat();
    Command::new(env!("CARGO_BIN_EXE_aggcert")).current_dir(directory).arg("whoami").args(arguments).output().unwrap()
}

/// Exit code and JSON.
fn json(directory: &Path, arguments: &[&[&str]]) -> (i32, Value) {
    let output = whoami(directory, &[&AT, &["--format", "json"], &arguments.concat()]);
    let answer = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), answer)
}

fn text(directory: &Path, arguments: &[&[&str]]) -> String {
    String::from_utf8(whoami(directory, &[&AT, &arguments.concat()]).stdout).unwrap()
}

#[test]
fn the_json_has_its_stable_form() {
    let node = node();
    let proxy = ["--client-cert", "front-proxy-client.crt", "--header", "x-remote-user: alice"];
    let (code, answer) = json(node.path(), &[&proxy, &["--"], &FLAGS]);
    assert_eq!(code, 0);
    let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
    let expected = ["schema_version", "starts", "refusal", "authenticated", "authenticator", "user", "steps", "next"];
    assert_eq!(keys, expected);
    assert_eq!(answer["schema_version"], 1);
    assert_eq!((&answer["starts"], &answer["refusal"]), (&Value::Bool(true), &Value::Null));
    assert_eq!((&answer["authenticated"], &answer["authenticator"]), (&Value::Bool(true), &"requestheader".into()));
    assert_eq!(
        answer["user"],
        serde_json::json!({"username": "alice", "uid": "", "groups": ["system:authenticated"], "extra": {}})
    );
    let chain = answer["steps"][0]["chains"][0].as_array().unwrap();
    let subjects: Vec<&str> = chain.iter().map(|it| it["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["CN=front-proxy-client", "CN=front-proxy-ca"]);
}

#[test]
fn exit_codes_tell_the_answers_apart() {
    let node = node();
    let opaque = "containers: {{ x }}\n";
    write(&node, "unknown.yaml", opaque);
    let kubelet = ["--client-cert", "kubelet.crt"];
    for (arguments, code) in [
        (&[&kubelet[..], &["--"], &FLAGS][..], 0),
        // Anonymous, refused, does not start.
        (&[&["--"], &FLAGS[..]], 1),
        (&[&kubelet[..], &["--", "--client-ca-file=front-proxy-ca.crt"]], 1),
        (&[&kubelet[..], &["--", "--client-ca-file=missing"]], 1),
        (&[&["--", "--authentication-config=missing"]], 1),
        // Could not tell, or bad arguments.
        (&[&["--header", "Authorization: Bearer x", "--"], &FLAGS[..]], 2),
        (&[&["--header", "X Y: z", "--"], &FLAGS[..]], 2),
        (&[&["--header", "X", "--"], &FLAGS[..]], 2),
        (&[&["--client-cert", "missing.crt", "--"], &FLAGS[..]], 2),
        (&[&["--client-cert", "ca.key", "--"], &FLAGS[..]], 2),
        (&[&["unknown.yaml"]], 2),
    ] {
        let output = whoami(node.path(), &[&AT, &arguments.concat()]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    }
}

#[test]
fn the_point_where_the_chain_ends_is_shown() {
    let node = node();
    let shown = text(node.path(), &[&["--client-cert", "kubelet.crt", "--", "--client-ca-file=front-proxy-ca.crt"]]);
    for part in [
        "401 Unauthorized",
        "x509: certificate signed by unknown authority",
        "└─ its issuer CN=ca is missing: front-proxy-ca.crt has CN=front-proxy-ca; the client sent no other certificate",
        "=> a user needs a certificate of CN=front-proxy-ca",
    ] {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
    let near = text(
        node.path(),
        &[
            &["--client-cert", "front-proxy-client.crt", "--"],
            &FLAGS[..3],
            &["--requestheader-allowed-names=Front-Proxy-Client"],
        ],
    );
    assert!(near.contains("case and blanks count"), "{near}");
}

#[test]
fn the_version_decides_whether_overlap_is_refused() {
    let node = node();
    let flags = ["--", "--client-ca-file=ca.crt", "--requestheader-client-ca-file=ca.crt"];
    let (code, answer) = json(node.path(), &[&flags]);
    assert_eq!((code, &answer["starts"]), (1, &Value::Bool(false)));
    assert!(answer["refusal"].as_str().unwrap().contains("contain overlapping certificates"), "{answer}");
    let (_, answer) = json(node.path(), &[&["--kubernetes-version", "v1.34.2"], &flags]);
    assert_eq!(answer["starts"], true);
    assert_eq!(answer["refusal"], Value::Null);
}

#[test]
fn an_extension_server_answers_by_what_is_published() {
    let node = node();
    let proxy = ["--extension", "--client-cert", "front-proxy-client.crt", "--header", "X-Remote-User: alice", "--"];
    // Anonymous requests are its own affair, not the flag's.
    let (code, answer) = json(node.path(), &[&proxy, &FLAGS, &["--anonymous-auth=false"]]);
    assert_eq!((code, &answer["user"]["username"]), (0, &"alice".into()));
    let (code, answer) = json(node.path(), &[&["--extension", "--"], &FLAGS, &["--anonymous-auth=false"]]);
    assert_eq!((code, &answer["authenticator"]), (1, &"anonymous".into()));
}

/// The ConfigMap that a server with the files of a node publishes, with these names.
fn config_map(node: &TempDir, name: &str, authority: &str) {
    let pem = |file: &str| fs::read_to_string(node.path().join(file)).unwrap().replace('\n', "\n    ");
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extension-apiserver-authentication\n  namespace: kube-system\n\
         data:\n  client-ca-file: |\n    {}\n  requestheader-client-ca-file: |\n    {}\n  \
         requestheader-allowed-names: '[\"front-proxy-client\"]'\n  requestheader-username-headers: '[\"X-Remote-User\"]'\n",
        pem("ca.crt"),
        pem(authority),
    );
    write(node, name, &text);
}

const AS_PROXY: [&str; 4] = ["--client-cert", "front-proxy-client.crt", "--header", "X-Remote-User: alice"];

#[test]
fn an_extension_server_takes_the_config_map_or_its_flags_or_both() {
    let node = node();
    config_map(&node, "cm.yaml", "front-proxy-ca.crt");
    let (code, answer) = json(node.path(), &[&["--extension", "cm.yaml"], &AS_PROXY]);
    assert_eq!((code, &answer["user"]["username"]), (0, &"alice".into()), "{answer}");
    // A flag takes the place of the ConfigMap's CA; no name is asked for then.
    let pinned = ["--", "--requestheader-client-ca-file=front-proxy-ca.crt"];
    let (code, answer) = json(node.path(), &[&["--extension"], &AS_PROXY, &pinned]);
    assert_eq!((code, &answer["user"]["username"]), (0, &"alice".into()), "{answer}");
    // Flags that nothing takes the place of, and that end the server.
    let refused = ["--", "--requestheader-allowed-names=a,"];
    let (code, answer) = json(node.path(), &[&["--extension", "cm.yaml"], &AS_PROXY, &refused]);
    assert_eq!((code, &answer["starts"]), (1, &Value::Bool(false)), "{answer}");
    let wrong = ["--", "--requestheader-client-ca-file=ca.crt"];
    let (code, answer) = json(node.path(), &[&["--extension", "cm.yaml"], &AS_PROXY, &wrong]);
    assert_eq!((code, &answer["authenticated"]), (1, &Value::Bool(false)), "{answer}");
    let next = &answer["next"][0];
    assert!(next["why"].as_str().unwrap().starts_with("the ConfigMap (cm.yaml) has the CA of this client"), "{answer}");
    assert_eq!(next["command"], "aggcert check cm.yaml . -- --requestheader-client-ca-file=ca.crt");
}

#[test]
fn the_flags_of_a_deployment_count() {
    let node = node();
    config_map(&node, "cm.yaml", "front-proxy-ca.crt");
    let pem = fs::read_to_string(node.path().join("ca.crt")).unwrap().replace('\n', "\n    ");
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: metrics-server, namespace: kube-system}}\nspec:\n  \
         template:\n    spec:\n      containers:\n      - name: metrics-server\n        image: metrics-server:v0.8.0\n        \
         args: [--requestheader-client-ca-file=/pinned/ca.crt]\n        volumeMounts: [{{name: p, mountPath: /pinned}}]\n      \
         volumes: [{{name: p, configMap: {{name: pinned}}}}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: pinned, \
         namespace: kube-system}}\ndata:\n  ca.crt: |\n    {pem}\n"
    );
    write(&node, "metrics-server.yaml", &deployment);
    let (code, answer) = json(node.path(), &[&["--extension", "cm.yaml", "metrics-server.yaml"], &AS_PROXY]);
    assert_eq!(code, 1, "{answer}");
    assert!(answer["next"][0]["why"].as_str().unwrap().starts_with("the ConfigMap"), "{answer}");
    let (code, _) = json(node.path(), &[&["--extension", "metrics-server.yaml"], &["--client-cert", "kubelet.crt"]]);
    assert_eq!(code, 1);
}

#[test]
fn the_next_command_names_the_files_that_are_known() {
    let node = node();
    config_map(&node, "the map's.yaml", "ca.crt");
    let (code, answer) = json(node.path(), &[&["--extension", "the map's.yaml"], &AS_PROXY]);
    assert_eq!(code, 1, "{answer}");
    let commands: Vec<&str> =
        answer["next"].as_array().unwrap().iter().map(|next| next["command"].as_str().unwrap()).collect();
    assert_eq!(commands[0], "openssl x509 -noout -subject -issuer -in front-proxy-client.crt", "{answer}");
    assert_eq!(commands[1], r"aggcert check 'the map'\''s.yaml' .");
    // What lies beside a client of another name is nobody's set-up.
    write(&node, "other.crt", &fs::read_to_string(node.path().join("front-proxy-client.crt")).unwrap());
    let as_other = ["--client-cert", "other.crt", "--header", "X-Remote-User: alice"];
    let (_, other) = json(node.path(), &[&["--extension", "the map's.yaml"], &as_other]);
    assert_eq!(other["next"][1]["command"], r"aggcert check 'the map'\''s.yaml'", "{other}");
    // Another node of the cluster has the CA.
    let flags =
        "- --requestheader-client-ca-file=front-proxy-ca.crt\n    - --requestheader-username-headers=X-Remote-User";
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: kube-apiserver-b, namespace: kube-system}}\nspec:\n  nodeName: b\n  \
         containers:\n  - name: kube-apiserver\n    workingDir: {}\n    command:\n    - kube-apiserver\n    {flags}\n",
        node.path().display()
    );
    write(&node, "b.yaml", &pod);
    let (_, answer) = json(node.path(), &[&["--extension", "the map's.yaml", "b.yaml", "--root", "/"], &AS_PROXY]);
    let first = &answer["next"][0];
    assert!(first["why"].as_str().unwrap().ends_with("compare the nodes; the client lies in ."), "{answer}");
    assert_eq!(first["command"], r"aggcert check 'the map'\''s.yaml' b.yaml --root / .", "{answer}");
    // Without the header nobody is named.
    config_map(&node, "cm.yaml", "front-proxy-ca.crt");
    let (_, answer) = json(node.path(), &[&["--extension", "cm.yaml"], &AS_PROXY[..2]]);
    let command =
        "aggcert whoami --extension cm.yaml --client-cert front-proxy-client.crt --header 'X-Remote-User: alice'";
    assert_eq!(answer["next"][0]["command"], command, "{answer}");
}

/// Keys that Go's TLS server takes from no client: an X25519 key, and an RSA key of more than 8192 bits.
#[test]
fn keys_that_tls_refuses_end_the_handshake() {
    let node = node();
    let openssl = |arguments: &str| {
        let output = Command::new("openssl").current_dir(node.path()).args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    openssl("genpkey -algorithm X25519 -out x25519.key");
    openssl("pkey -in x25519.key -pubout -out x25519.pub");
    write(&node, "rsa.conf", &rsa_public_key(8200));
    openssl("asn1parse -genconf rsa.conf -noout -out rsa.der");
    openssl("pkey -pubin -inform DER -in rsa.der -out rsa.pub -pubout");
    for (key, reason) in [
        ("x25519", "tls: client certificate contains an unsupported public key of type *ecdh.PublicKey"),
        ("rsa", "tls: client sent certificate containing RSA key larger than 8192 bits"),
    ] {
        openssl(&format!(
            "x509 -new -force_pubkey {key}.pub -CA ca.crt -CAkey ca.key -subj /CN={key} -days 30000 -out {key}.crt"
        ));
        let (code, answer) = json(node.path(), &[&["--client-cert", &format!("{key}.crt"), "--"], &FLAGS]);
        assert_eq!((code, &answer["authenticated"]), (1, &Value::Bool(false)), "{key}");
        assert_eq!(answer["steps"][0]["reason"], reason, "{key}");
    }
    write(&node, "broken.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let (code, answer) = json(node.path(), &[&["--client-cert", "broken.crt", "--"], &FLAGS]);
    assert_eq!(code, 1);
    let reason = answer["steps"][0]["reason"].as_str().unwrap();
    assert_eq!(reason, "tls: failed to parse client certificate: x509: malformed certificate");
}

/// OpenSSL's description of a SubjectPublicKeyInfo with a modulus of so many bits; nobody has its private half.
fn rsa_public_key(bits: usize) -> String {
    let modulus = format!("{}1", "8".repeat(bits / 4 - 1));
    format!(
        "asn1=SEQUENCE:info\n[info]\nalgorithm=SEQUENCE:algorithm\nkey=BITWRAP,SEQUENCE:key\n\
         [algorithm]\nid=OID:rsaEncryption\nparameters=NULL\n[key]\nn=INTEGER:0x{modulus}\ne=INTEGER:65537\n"
    )
}

#[test]
fn a_directory_is_read_as_check_reads_it() {
    // The flags that are written count, not those that kubeadm would give to the files beside them.
    let node = node();
    let flags = FLAGS.join(" ").replace("names=front-proxy-client", "names=aggregator");
    fs::write(node.path().join("start.sh"), format!("kube-apiserver {flags}\n")).unwrap();
    let whoami = |path: &str| {
        Command::new(env!("CARGO_BIN_EXE_aggcert"))
            .args(["whoami", path, AT[0], AT[1], "--client-cert", "front-proxy-client.crt"])
            .args(["--header", "X-Remote-User: alice", "--format", "json"])
            .current_dir(node.path())
            .output()
            .unwrap()
    };
    let answer = whoami(".");
    assert_eq!(answer.status.code(), Some(1), "{}", String::from_utf8_lossy(&answer.stderr));
    assert!(String::from_utf8_lossy(&answer.stdout).contains("is not in the allowed list"));
    assert_eq!(whoami("missing.yaml").status.code(), Some(2));
}

/// Go's HTTP/2 server hands them on; what counts here is said.
#[test]
fn blanks_around_a_value_are_told() {
    let node = node();
    let ask = |header: &str| {
        let client = ["--client-cert", "front-proxy-client.crt", "--header", header, "--"];
        text(node.path(), &[&client, &FLAGS])
    };
    let told = ask("X-Remote-User:  alice ");
    assert!(told.starts_with("alice ") && told.contains("over HTTP/2 they stay"), "{told}");
    assert!(!ask("X-Remote-User: alice").contains("HTTP/2"));
}

#[test]
fn what_a_directory_lacks_is_told() {
    let node = node();
    let answer = text(node.path(), &[&["."]]);
    assert!(answer.contains("holds no file for --proxy-client-key-file, so that only a part"), "{answer}");
}

/// As `check` leaves it open.
#[test]
fn what_a_script_changes_is_told() {
    let node = node();
    write(&node, "start.sh", &format!("kube-apiserver {}\n", FLAGS.join(" ")));
    let answer = || text(node.path(), &[&[".", "--client-cert", "kubelet.crt"]]);
    assert!(!answer().contains("not looked at: sed"), "{}", answer());
    write(&node, "change.sh", "#!/bin/sh\nsed -i s/ca.crt/x.crt/ start.sh\n");
    assert!(answer().contains("not looked at: sed"), "{}", answer());
}

#[test]
fn of_several_servers_the_places_are_told() {
    let node = node();
    for number in 0..10 {
        write(&node, &format!("{number}.sh"), "kube-apiserver --client-ca-file=ca.crt\n");
    }
    let refused = whoami(node.path(), &[&["."]]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("0.sh:1:1, ") && said.contains("and 2 more; give the file of one"), "{said}");
}
