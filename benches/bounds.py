#!/usr/bin/env python3
"""Time and memory of `aggcert` over inputs of one megabyte that are made to be slow.

    cargo build --release && benches/bounds.py [AGGCERT] [--size BYTES] [--only WORD] [--all]

Prints what takes more than 2 s of CPU or 300 MB; with --all everything. Needs openssl for the bundles. Each run is held
to 60 s of CPU and 2 GB of address space.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile

MENTION = "# kube-apiserver requestheader-client-ca-file\n"
CONTAINER = "spec:\n  containers:\n  - command:\n    - kube-apiserver\n"
SERVER = "kube-apiserver --client-ca-file=/a --requestheader-client-ca-file=/b"
SECONDS, MEGABYTES = 2.0, 300


# What is written over and over until the file is full: a beginning, what repeats (`<i>` counts, `<n>` is one more), an end.
YAML = {
    "braces": ("", "{{", ""),
    "braces-quote": ("a: ", '{{"', ""),
    "braces-open": ("a: ", "{{ x ", ""),
    "braces-lines": ("", "{{ x }}\n", ""),
    "braces-arguments": ("a:\n", "- --a={{ x }}\n", ""),
    "dollar-braces": ("a: ", "${", ""),
    "dollar-parentheses": ('a: "kube-apiserver ', "$(", '"'),
    "erb": ("", "<%", ""),
    "jinja": ("", "{%", ""),
    "template-comments": ("", "{{/*", ""),
    "if-else": ("", "{{ if a }}\n- x\n{{ else }}\n- y\n{{ end }}\n", ""),
    "if-open": ("", "{{ if a }}\n", ""),
    "else": ("{{ if a }}", "{{ else }}x", ""),
    "if-around-flags": (CONTAINER, "    {{- if .x }}\n    - --client-ca-file=/x\n    {{- end }}\n", ""),
    "documents": ("", "---\na: kube-apiserver\n", ""),
    "documents-empty": ("", "---\n", ""),
    "documents-pods": ("", "---\nkind: Pod\nspec: {containers: [{command: [kube-apiserver, --client-ca-file=/x]}]}\n", ""),
    "documents-nodes": ("", "---\nkind: Pod\nmetadata: {name: kube-apiserver-n<i>}\nspec: {nodeName: n<i>, containers: "
                        "[{command: [kube-apiserver, --client-ca-file=/x<i>]}]}\n", ""),
    "documents-services": ("", "---\nkind: APIService\napiVersion: apiregistration.k8s.io/v1\nmetadata: {name: v<i>.a}\n"
                           "spec: {service: {name: a}, insecureSkipTLSVerify: true}\n", ""),
    "documents-config-maps": ("", "---\nkind: ConfigMap\nmetadata: {name: extension-apiserver-authentication, namespace: "
                              "kube-system}\ndata: {requestheader-allowed-names: '[\"a<i>\"]'}\n", ""),
    "pods": ("spec:\n  containers:\n", "  - command: [kube-apiserver, --client-ca-file=/x]\n", ""),
    "pods-if": ("{{if a}}#{{else}}{{end}}\nspec:\n  containers:\n",
                "  - command: [kube-apiserver, --client-ca-file=/x]\n", ""),
    "arguments": (CONTAINER, "    - --client-ca-file=/x\n", ""),
    "arguments-distinct": (CONTAINER, "    - --client-ca-file<i>=/x\n", ""),
    "arguments-opaque": (CONTAINER, "    - {{ x }}\n", ""),
    "arguments-names": (CONTAINER, "    - --requestheader-allowed-names=a<i>\n", ""),
    "keys": ("", "k<i>: kube-apiserver\n", ""),
    "keys-repeated": ("", "kube-apiserver-arg: [requestheader-allowed-names=a]\n", ""),
    "merge": ("a: &a {b: c}\n", "x: {<<: *a}\n", ""),
    "aliases": ("a: &a [x]\nb:\n", "- *a\n", ""),
    "alias-bomb": ("a0: &a0 [kube-apiserver, --client-ca-file=/x]\n",
                   "a<n>: &a<n> [*a<i>, *a<i>, *a<i>, *a<i>, *a<i>, *a<i>]\n", ""),
    "block": ("a: |\n", "  kube-apiserver --client-ca-file=/x\n", ""),
    "blocks": ("a:\n", "- |\n  kube-apiserver --client-ca-file=/x\n", ""),
    "flow": ("a: [\n", "'x',\n", ""),
    "flow-deep": ("a: ", "[", ""),
    "maps-deep": ("a: ", "{a: ", ""),
    "quoted": ('a:\n  b: "\n', "x\n", '"'),
    "quoted-twice": ("a:\n", '  b: "x\ny"\n', ""),
    "flows": ("a:\n", "  b: [\nx\n]\n", ""),
    "broken-template": ("", "{{ x }}: [\n", ""),
    "mentions": ("", "requestheader", ""),
    "separators": ("kube-apiserver ", "r-_.", ""),
    "colons": ("kube-apiserver: ", "a: ", ""),
    "dashes": ("kube-apiserver:\n ", "- ", ""),
    "environment-doubles": ("spec:\n  containers:\n  - command: [kube-apiserver, --client-ca-file=$(A1)]\n    env:\n",
                            "    - {name: A<n>, value: $(A<i>)$(A<i>)}\n", ""),
    "environments": ("spec:\n  containers:\n", "  - env: [{name: A, value: x}]\n    command: [kube-apiserver, "
                     "--client-ca-file=$(A)]\n", ""),
    "mounts": ("spec:\n  containers:\n  - command: [kube-apiserver, --client-ca-file=/x]\n    volumeMounts:\n",
               "    - {name: a<i>, mountPath: /a<i>}\n", ""),
    "script-in-pod": ("spec:\n  containers:\n  - command:\n    - sh\n    - -c\n    - |\n",
                      "      exec kube-apiserver --client-ca-file=/x<i>\n", ""),
    "containers": ("spec:\n  containers:\n", "  - {name: c<i>, image: kube-apiserver, args: [--client-ca-file=/x<i>]}\n", ""),
    "documents-deployments": ("", "---\nkind: Deployment\nmetadata: {name: d<i>, namespace: a}\nspec: {selector: {matchLabels: "
                              "{a: b<i>}}, template: {metadata: {labels: {a: b<i>}}, spec: {containers: [{args: "
                              "[--requestheader-client-ca-file=/x]}]}}}\n", ""),
    "documents-templated-selectors": ("", "---\nkind: Service\nmetadata: {name: s<i>}\nspec: {selector: {a: '{{ .a<i> }}'}}\n"
                                      "---\nkind: Deployment\nmetadata: {name: d<i>}\nspec: {template: {metadata: {labels: "
                                      "{a: '{{ .a<i> }}'}}, spec: {containers: [{args: [--requestheader-client-ca-file=/x]}]}}}\n", ""),
    "one-service-many-pods": ("---\nkind: APIService\nmetadata: {name: v1.a}\nspec: {service: {name: s, namespace: a}}\n---\nkind: "
                              "Service\nmetadata: {name: s, namespace: a}\nspec: {selector: {a: b}}\n", "---\nkind: Pod\nmetadata: "
                              "{name: p<i>, namespace: a, labels: {a: b}}\nspec: {containers: [{args: [--secure-port=<n>]}]}\n", ""),
    "documents-secrets": ("", "---\nkind: Secret\nmetadata: {name: s<i>, namespace: a}\nstringData: {front-proxy-ca.crt: x<i>}\n", ""),
    "documents-role-bindings": ("", "---\nkind: RoleBinding\nmetadata: {name: r<i>, namespace: kube-system}\nroleRef: {kind: Role, "
                                "name: extension-apiserver-authentication-reader}\nsubjects: [{kind: ServiceAccount, name: a<i>, "
                                "namespace: b}]\n", ""),
    "compose": ("services:\n", "  s<i>: {image: a, command: [kube-apiserver, --client-ca-file=/x<i>], volumes: ['/a<i>:/x<i>']}\n",
                ""),
    "extra-args": ("apiServer:\n  extraArgs:\n", "  - {name: client-ca-file, value: /x<i>}\n", ""),
    "cloud-init": ("#cloud-config\nwrite_files:\n", "- {path: /etc/kubernetes/pki/front-proxy-ca<i>.crt, content: x}\n", ""),
    "talos": ("cluster:\n  apiServer:\n    extraArgs:\n", "      requestheader-allowed-names<i>: a\n", ""),
    "long-names": (CONTAINER + "    - --requestheader-allowed-names=", "name-<i>.example.org,", ""),
    "block-scalars-templated": (CONTAINER, "    - |\n      {{ if .a<i> }}--client-ca-file=/x{{ end }}\n", ""),
    "tasks": ("", "- name: t<i>\n  shell: kube-apiserver --client-ca-file=/x{{ a<i> }}\n  when: b\n", ""),
    "ignores": (CONTAINER, "    - --client-ca-file=/x  # aggcert: ignore[ca-reused] y\n", ""),
}

SCRIPT = {
    "substitutions": (SERVER + " ", "$(", ""),
    "substitutions-words": (SERVER + " ", "$(x ", ""),
    "substitutions-lines": (SERVER + " \\\n", "$(x\n", ""),
    "arithmetic": (SERVER + " ", "$((", ""),
    "backquotes": (SERVER + " ", "`", ""),
    "backquotes-words": (SERVER + " ", "`a ", ""),
    "backquotes-escaped": (SERVER + " ", "\\`", ""),
    "defaults": (SERVER + " --a=", "${X:-", ""),
    "defaults-quoted": (SERVER + " --a=", '"${X:-', ""),
    "quotes-single": (SERVER + " ", "'", ""),
    "quotes-double": (SERVER + " ", '"', ""),
    "quotes-nested": (SERVER + " ", "\"'$(\"", ""),
    "quotes-lines": ("", "kube-apiserver --client-ca-file='x\n", ""),
    "parentheses": (SERVER + "\n", "(", ""),
    "braces": (SERVER + "\n", "{{ ", ""),
    "functions": (SERVER + "\n", "f<i>() { kube-apiserver --client-ca-file=/x \"$@\"; }\nf<i> --a=b\n", ""),
    "function-calls": ("f() { kube-apiserver --client-ca-file=/x \"$@\"; }\n", "f --a=b\n", ""),
    "function-doubles": ("f0() { kube-apiserver --client-ca-file=/x; }\n", "f<n>() { f<i>; f<i>; }\nf<n>\n", ""),
    "set-ups": ("", "kube-apiserver --client-ca-file=/x\n", ""),
    "set-ups-short": ("", "kube-apiserver -v 1\n", ""),
    "set-ups-semicolons": ("", "kube-apiserver --a=b;", ""),
    "set-ups-pipes": ("", "kube-apiserver --client-ca-file=/x | ", ""),
    "set-ups-requestheader": ("", "kube-apiserver --requestheader-client-ca-file=/x<i>\n", ""),
    "continuations": ("kube-apiserver \\\n", "  --client-ca-file=/x \\\n", ""),
    "continuations-blank": ("kube-apiserver \\\n", "  --client-ca-file=/x \\ \n", ""),
    "one-line": ("kube-apiserver ", "--client-ca-file=/x ", ""),
    "one-word": ("kube-apiserver --client-ca-file=/", "x", ""),
    "one-line-names": ("kube-apiserver --requestheader-allowed-names=", "a<i>,", ""),
    "ps": ("", "root  <i>  1.0  2.0 ?  Ssl 10:00 0:00 kube-apiserver --client-ca-file=/x --requestheader-client-ca-file=/y\n", ""),
    "ps-one-line": ("", "root <i> kube-apiserver --client-ca-file=/x ", ""),
    "here-document": ("cat <<EOF >/etc/systemd/system/kube-apiserver.service\n[Service]\nExecStart=kube-apiserver \\\n",
                      "  --client-ca-file=/x \\\n", "\nEOF\n"),
    "here-documents": ("", "cat >/etc/x<i> <<E\nkube-apiserver --client-ca-file=/x\nE\n", ""),
    "here-documents-open": (SERVER + "\n", "cat <<E<i>\n", ""),
    "here-documents-one-line": (SERVER + "\ncat ", "<<E<i> ", ""),
    "here-documents-nested": (SERVER + "\n", "cat <<E\n$(cat <<F\n", ""),
    "variables": ("", "V<i>=/x\nkube-apiserver --client-ca-file=$V<i>\n", ""),
    "variables-double": ("V0=--client-ca-file=/x\n", 'V<n>="$V<i> $V<i>"\n', "\nkube-apiserver $V<i>\n"),
    "variables-append": ("", 'A="$A --client-ca-file=/x<i>"\n', "\nkube-apiserver $A\n"),
    "variables-many": ("", 'A="$A --a"; kube-apiserver $A\n', ""),
    "loops": ("kube-apiserver --client-ca-file=/x\n", "for i in a b; do\n", ""),
    "ifs": ("", "if x; then kube-apiserver --client-ca-file=/x; else A=b; fi\n", ""),
    "cases": ("kube-apiserver --client-ca-file=/x\n", "case a in b) ", ""),
    "shells": ("", "sh -c 'kube-apiserver --client-ca-file=/x'\n", ""),
    "shells-nested": ("", 'sh -c "', "kube-apiserver --client-ca-file=/x"),
    "k3s": ("k3s server ", "--kube-apiserver-arg=client-ca-file=/x ", ""),
    "docker": ("", "docker run --entrypoint kube-apiserver img --client-ca-file=/x\n", ""),
    "docker-volumes": ("", "docker run -v /a<i>:/b<i> img kube-apiserver --client-ca-file=/b<i>/x\n", ""),
    "docker-continued": ("docker run \\\n", "  -v /a<i>:/b<i> \\\n", "  img kube-apiserver --client-ca-file=/b1/x\n"),
    "powershell": ("kube-apiserver `\n", "  --client-ca-file=/x `\n", ""),
    "lists": ("", '["kube-apiserver", "--client-ca-file=/x"]\n', ""),
    "list": ('["kube-apiserver", ', '"--client-ca-file=/x", ', '"--a"]'),
    "lists-nested": ("", '["kube-apiserver", ', ""),
    "hcl": ('command = ["kube-apiserver",\n', '["--client-ca-file=/x", [', ""),
    "columns": ("kube-apiserver\n", "--client-ca-file string   x\n", ""),
    "prose": ("", "The kube-apiserver takes --client-ca-file words of prose\n", ""),
    "blank-lines": (SERVER + "\n", "\n", ""),
    "comments": (SERVER + "\n", "# kube-apiserver --client-ca-file=/x\n", ""),
    "comments-nothing": (SERVER + "\n", "#\n", ""),
    "environment": ("", "KUBE_APISERVER_ARGS=\"--client-ca-file=/x\"\n", ""),
    "arguments-file": ("", "--client-ca-file=/x<i>\n", ""),
    "jinja-lines": (SERVER + "\n", "{% if a %}kube-apiserver --client-ca-file=/x{% endif %}\n", ""),
    "nul": ("kube-apiserver\0", "--client-ca-file=/x\0", ""),
    "klog": ("", 'I0101 00:00:00.000000 1 flags.go:64] FLAG: --client-ca-file="/x"\n', ""),
    "klog-dumps": ("", 'I0101 00:00:00.000000 1 flags.go:64] FLAG: --client-ca-file="/x"\n'
                   'I0101 00:00:00.000000 1 server.go:1] x\n', ""),
    "klog-quotes": ('I0101 00:00:00.000000 1 flags.go:64] FLAG: --client-ca-file="', '\\"', ""),
    "one-dash": ("", "kube-apiserver -x ", ""),
    "no-break-spaces": ("", "kube-apiserver --v=1\u00a0\n", ""),
    "no-break-space": ("kube-apiserver ", "\u00a0", ""),
    "process-ids": ("", "1 kube-apiserver --v=1\n", ""),
    "docker-commands": ("kube-apiserver\n", 'CMD ["--a"]\n', ""),
    "arrays": (SERVER + "\n", "A=(", ""),
    "brackets": (SERVER + "\n", 'x["a",', ""),
    "placeholders": (SERVER + " ", "<a ", ""),
    "percent-braces": (SERVER + " ", "%{", ""),
    "hash-braces": (SERVER + " ", "{#", ""),
    "erb": (SERVER + " ", "<%", ""),
    "jinja": (SERVER + " ", "{%", ""),
    "jinja-closed": (SERVER + " ", "{%x%}", ""),
    "here-document-pipes": ("", "cat <<E | kube-apiserver\nE\n", ""),
    "pem": ("kube-apiserver --client-ca-file=/x\n", "-----BEGIN CERTIFICATE-----\n", ""),
}

TERRAFORM = {
    "template": ('resource "a" "b" {\n  user_data = <<-EOT\n', "    kube-apiserver --client-ca-file=${var.a<i>}\n", "  EOT\n}\n"),
    "templates": ("", 'locals {\n  a<i> = "kube-apiserver --client-ca-file=${var.a}"\n}\n', ""),
    "map": ('locals {\n  extra_args = {\n', '    "client-ca-file<i>" = "/x"\n', "  }\n}\n"),
    "lists": ("locals {\n", '  a<i> = ["kube-apiserver", "--client-ca-file=${var.a<i>}"]\n', "}\n"),
    "conditions": ("locals {\n  a = <<EOT\n", "%{ if a<i> }kube-apiserver --client-ca-file=/x%{ endif }\n", "EOT\n}\n"),
}

TOML = {
    "arguments": ('a = "kube-apiserver"\nb = [\n', '"--client-ca-file=/x<i>",\n', "]\n"),
    "tables": ("", '[a<i>]\ncommand = ["kube-apiserver", "--client-ca-file=/x<i>"]\n', ""),
    "strings": ("", 'a<i> = "kube-apiserver --client-ca-file=/x<i>"\n', ""),
    "text": ('a = """\n', "kube-apiserver --client-ca-file=/x<i>\n", '"""\n'),
}

ENVIRONMENT = {
    "arguments": ("", 'KUBE_APISERVER_ARGS="--client-ca-file=/x<i>"\n', ""),
    "continued": ('KUBE_API_ARGS="', "--client-ca-file=/x<i> \\\n", '"\n'),
    "variables": ("", "A<n>=$A<i>\n", "KUBE_API_ARGS=--client-ca-file=$A1\n"),
}

MARKDOWN = {
    "fences": ("", "```\nkube-apiserver --client-ca-file=/x\n```\n", ""),
    "fences-open": ("kube-apiserver --client-ca-file=/x\n", "```sh\n", ""),
    "fences-longer": ("", "```\nkube-apiserver --client-ca-file=/x\n````\n", ""),
    "fences-yaml": ("", "```yaml\napiServer:\n  extraArgs: {client-ca-file: /x}\n```\n", ""),
    "fences-indented": ("", "- x\n\n  ```\n  kube-apiserver --client-ca-file=/x\n  ```\n", ""),
    "quotations": ("", "> kube-apiserver --client-ca-file=/x\n", ""),
    "quotations-deep": ("kube-apiserver --client-ca-file=/x\n", "> ", ""),
    "ticks": ("kube-apiserver --client-ca-file=/x ", "`a` ``b ", ""),
    "prose": ("", "kube-apiserver --client-ca-file words of prose\n", ""),
}

UNIT = {
    "unit": ("[Service]\nExecStart=kube-apiserver \\\n", "  --client-ca-file=/x \\\n", ""),
    "unit-commands": ("[Service]\n", "ExecStart=kube-apiserver --client-ca-file=/x\n", ""),
    "unit-resets": ("[Service]\n", "ExecStart=\nExecStart=kube-apiserver --client-ca-file=/x\n", ""),
    "unit-sections": ("", "[Service]\nExecStart=kube-apiserver --client-ca-file=/x\n", ""),
    "unit-environment": ("[Service]\n", "Environment=A<i>=/x\n", "\nExecStart=kube-apiserver --client-ca-file=${A1}\n"),
    "unit-environment-one": ("[Service]\nEnvironment=", "A<i>=/x ", "\nExecStart=kube-apiserver --client-ca-file=${A1}\n"),
    "unit-uses": ("[Service]\nEnvironment=A=/x\nExecStart=kube-apiserver ", "--client-ca-file=${A} ", ""),
    "unit-large-uses": ("[Service]\nEnvironment=A=" + 1000 * "x " + "\nExecStart=kube-apiserver ", "$A ", ""),
    "unit-files": ("[Service]\n", "EnvironmentFile=file.env\n", "\nExecStart=kube-apiserver $ARGS\n"),
    "unit-files-absent": ("[Service]\n", "EnvironmentFile=-/etc/x<i>\n", "\nExecStart=kube-apiserver $ARGS\n"),
    "unit-quotes": ("[Service]\nExecStart=kube-apiserver ", "\"'", ""),
    "unit-specifiers": ("[Service]\nExecStart=kube-apiserver --client-ca-file=", "%h", ""),
}

JSON = {
    "list": ('{"kube-apiserver requestheader-allowed-names":[', '"a",', '"a"]}'),
    "object": ('{"kube-apiserver requestheader-allowed-names":"",', '"a":{"x":""},', '"a":1}'),
    "object-distinct": ('{"kube-apiserver requestheader-allowed-names":"",', '"a<i>":1,', '"a":1}'),
    "newlines": ('{"a":"kube-apiserver requestheader-allowed-names ', "\\n", '"}'),
    "quotes": ('{"a":"kube-apiserver requestheader-allowed-names ', '\\"', '"}'),
    "script": ('{"a":"', "kube-apiserver --client-ca-file=/x\\n", '"}'),
    "lists-deep": ('{"kube-apiserver":', "[", ""),
    "objects-deep": ('{"kube-apiserver":', '{"a":', ""),
    "pods": ('{"kind":"List","items":[', '{"kind":"Pod","metadata":{"name":"p<i>","namespace":"kube-system"},"spec":{"nodeName":"n<i>",'
             '"containers":[{"command":["kube-apiserver","--client-ca-file=/x<i>"]}]}},', '{"kind":"Pod"}]}'),
    "pods-volumes": ('{"kind":"List","items":[', '{"kind":"Pod","metadata":{"name":"p<i>","namespace":"a"},"spec":{"volumes":[{"name":"v",'
                     '"secret":{"secretName":"s<i>"}}],"containers":[{"command":["kube-apiserver","--client-ca-file=/v/x"],'
                     '"volumeMounts":[{"name":"v","mountPath":"/v"}]}]}},{"kind":"Secret","metadata":{"name":"s<i>","namespace":"a"},'
                     '"data":{"x":"eA=="}},', '{"kind":"Pod"}]}'),
    "managers": ('{"kind":"List","items":[', '{"kind":"Pod","metadata":{"name":"p<i>","namespace":"kube-system"},"spec":{"containers":'
                 '[{"command":["kube-controller-manager","--requestheader-client-ca-file=/x<i>"]}]}},', '{"kind":"Pod"}]}'),
    "api-services": ('{"kind":"List","items":[', '{"kind":"APIService","metadata":{"name":"v<i>.a"},"spec":{"caBundle":"eA==","service":'
                     '{"name":"s<i>","namespace":"n"}},"status":{"conditions":[{"type":"Available","status":"False"}]}},',
                     '{"kind":"Pod"}]}'),
    "strings": ('{"kube-apiserver":[', '"kube-apiserver --client-ca-file=/x",', '"a"]}'),
}

LOG = {
    "log-known": 'E0101 00:00:00.0 1 authentication.go:73] "Unable to authenticate the request" err="[x509: subject '
                 'with cn=kubelet is not in the allowed list: [front-proxy-client], x509: certificate signed by unknown authority]"\n',
    "log-distinct": 'E0101 00:00:00.0 1 a.go:7] "Unable to authenticate the request" err="[x509: subject with cn=k<i> is '
                    'not in the allowed list: [front-proxy-client]]"\n',
    "log-words": "certificate tls: x509 forbidden unauthorized apiservice no such file <i>\n",
    "log-one-line": "x509: certificate signed by unknown authority ",
    "log-one-line-distinct": "x509: certificate is valid for a<i>, not b ",
    "log-json": '{"log":"x509: certificate signed by unknown authority\\n","stream":"stderr","time":"2026-01-01T00:00:00Z"}\n',
    "log-brackets": "x509: [",
    "log-quotes": 'x509: err="',
    "log-backslashes": "x509: \\",
    "log-letters": "x509",
    "log-nothing": "a\n",
    "log-continued": "x509:\n\tgoroutine\n",
}


def filled(parts, size):
    """The beginning, as many of the middle as there is room for, and the end."""
    begin, middle, end = parts
    made, length, count = [], 0, 0
    while length < size:
        made.append(middle.replace("<i>", str(count)).replace("<n>", str(count + 1)))
        length += len(made[-1])
        count += 1
    return begin + "".join(made) + end.replace("<i>", str(count - 1))


def write_inputs(directory, size, only):
    """Every input of the tables, as (name, the arguments of aggcert, standard input)."""
    tables = {"yaml": YAML, "sh": SCRIPT, "md": MARKDOWN, "service": UNIT, "json": JSON, "tf": TERRAFORM,
              "toml": TOML, "env": ENVIRONMENT}
    for kind, table in tables.items():
        for name, parts in table.items():
            if only in f"{name}.{kind}":
                yield write(directory, name, kind, filled(parts, size), size)
    for name, line in LOG.items():
        if only in name:
            path = os.path.join(directory, name)
            with open(path, "w") as file:
                file.write(filled(("", line, ""), size))
            yield name, ["explain"], path


def write(directory, name, kind, text, size):
    place = os.path.join(directory, f"{name}.{kind}.d")
    os.makedirs(place)
    path = os.path.join(place, f"{name}.{kind}")
    with open(path, "w") as file:
        file.write((MENTION if kind == "yaml" else "") + text)
    if name == "unit-files":
        with open(os.path.join(place, "file.env"), "w") as file:
            file.write(filled(("ARGS=--client-ca-file=/x\n", "A<i>=/x\n", ""), size))
    return f"{name}.{kind}", ["check", path], None


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def write_bundles(directory, size, only):
    """Two bundles of as many CAs as fit: each its own, all with one name, all with one key."""
    count = size // 2 // 700
    for name, subject, keys in [("cas", "/CN=ca{}", 2), ("cas-one-name", "/CN=ca", 2), ("cas-one-key", "/CN=ca{}", 1),
                                ("cas-one-name-one-key", "/CN=ca", 1)]:
        if only not in name:
            continue
        place = os.path.join(directory, name)
        os.makedirs(place)
        key = os.path.join(place, "key.pem")
        for bundle in ("client", "requestheader"):
            with open(os.path.join(place, bundle + ".crt"), "w") as out:
                for number in range(count):
                    if keys == 2 or not os.path.exists(key):
                        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
                    made = os.path.join(place, "made.pem")
                    openssl("req", "-x509", "-new", "-key", key, "-subj", subject.format(f"{bundle}{number}"), "-days",
                            "3650", "-out", made)
                    with open(made) as certificate:
                        out.write(certificate.read())
        for command in ("check", "graph"):
            yield f"{name} {command}", [command, "--", f"--client-ca-file={place}/client.crt",
                                        f"--requestheader-client-ca-file={place}/requestheader.crt"], None


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    resource.setrlimit(resource.RLIMIT_AS, (2_000_000 << 10, 2_000_000 << 10))


def measured(aggcert, arguments, standard_input):
    """Seconds of CPU, megabytes, exit code."""
    with open(standard_input or os.devnull) as stdin:
        process = subprocess.Popen([aggcert, *arguments], stdin=stdin, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, preexec_fn=limits)
        _, status, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("aggcert", nargs="?", default="target/release/aggcert")
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--only", default="", metavar="WORD")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    too_much, count = 0, 0
    with tempfile.TemporaryDirectory() as directory:
        for write_some in (write_inputs, write_bundles):
            for name, arguments, standard_input in write_some(directory, options.size, options.only):
                seconds, megabytes, code = measured(os.path.abspath(options.aggcert), arguments, standard_input)
                bad = seconds > SECONDS or megabytes > MEGABYTES or code not in (0, 1, 2)
                too_much, count = too_much + bad, count + 1
                if bad or options.all:
                    print(f"{seconds:7.2f} s {megabytes:7.1f} MB  exit {code:3}  {name}", flush=True)
    print(f"{too_much} of {count} inputs take more than {SECONDS:.0f} s or {MEGABYTES} MB")
    return 1 if too_much else 0


if __name__ == "__main__":
    sys.exit(main())
