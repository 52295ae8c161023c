#!/usr/bin/env python3
"""Writes ordinary code, logs, configuration and encoded data as benign rows: what a developer pastes all day long.

The labelled sets have little of it, and most of the code in them is an attack; a model that is trained on them alone takes a
stack trace for one. Code is cut from packages of Debian under permissive licences (`PACKAGES`); logs, configuration and encoded
data are made here. Rows of `split: dev` come from other languages and of other formats than those that are trained on, with
other words around them: they measure what the model makes of a kind that it has not seen.

The rows go beside the labelled data: `PolicyGateway.Training tokens --data $DATA --extra border.jsonl.gz`.
"""
import argparse
import base64
import datetime
import glob
import gzip
import json
import os
import random
import string
import textwrap
import uuid
import zlib

# Language: split, licence, files. `apt-get install --no-install-recommends` + PACKAGES brings them.
PACKAGES = ("golang-1.19-src rust-src libboost1.74-dev nlohmann-json3-dev python3-django python3-flask python3-sqlalchemy "
            "node-typescript libjs-bootstrap4 libjs-jquery lua-socket lua-json lua-lpeg postgresql-contrib cmake-data libruby3.1 "
            "php-symfony-console php-symfony-http-kernel php-symfony-http-foundation php-symfony-form php-twig erlang-src vim-runtime")
CODE = {
    "python": ("train", "PSF-2.0, BSD-3-Clause, MIT", ["/usr/lib/python3.11/**/*.py", "/usr/lib/python3/dist-packages/django/**/*.py",
                                                       "/usr/lib/python3/dist-packages/flask/**/*.py", "/usr/lib/python3/dist-packages/sqlalchemy/**/*.py"]),
    "go": ("train", "BSD-3-Clause", ["/usr/share/go-1.19/src/**/*.go"]),
    "rust": ("train", "MIT OR Apache-2.0", ["/usr/src/rustc-1.63.0/library/**/*.rs", "/usr/src/rustc-1.63.0/compiler/**/*.rs"]),
    "cpp": ("train", "BSL-1.0, MIT", ["/usr/include/boost/**/*.hpp", "/usr/include/nlohmann/**/*.hpp"]),
    "javascript": ("train", "MIT, Apache-2.0", ["/usr/share/nodejs/**/*.js", "/usr/share/javascript/**/*.js"]),
    "typescript": ("train", "MIT, Apache-2.0", ["/usr/share/nodejs/**/*.ts"]),
    "css": ("train", "MIT", ["/usr/share/javascript/**/*.css", "/usr/share/nodejs/**/*.scss"]),
    "lua": ("train", "MIT", ["/usr/share/lua/5.3/**/*.lua"]),
    "sql": ("train", "PostgreSQL", ["/usr/share/postgresql/15/**/*.sql"]),
    "bash": ("train", "MIT, BSD-3-Clause", ["/usr/src/rustc-1.63.0/**/*.sh", "/usr/share/go-1.19/**/*.bash"]),
    "toml": ("train", "MIT OR Apache-2.0", ["/usr/src/rustc-1.63.0/**/*.toml"]),
    "json": ("train", "MIT, Apache-2.0", ["/usr/share/nodejs/**/*.json"]),
    "html": ("train", "BSD-3-Clause", ["/usr/lib/python3/dist-packages/django/**/*.html"]),
    "ruby": ("dev", "BSD-2-Clause", ["/usr/lib/ruby/3.1.0/**/*.rb"]),
    "php": ("dev", "MIT", ["/usr/share/php/Symfony/**/*.php", "/usr/share/php/Twig/**/*.php"]),
    "erlang": ("dev", "Apache-2.0", ["/usr/lib/erlang/lib/*/src/*.erl"]),
    "cmake": ("dev", "BSD-3-Clause", ["/usr/share/cmake-*/Modules/**/*.cmake"]),
    "vim": ("dev", "Vim", ["/usr/share/vim/vim90/**/*.vim"]),
}

ASKED = {
    "train": ["What does this do?", "Explain this code step by step.", "Can you review this?", "Why does this not work", "add tests for this pls",
              "Refactor this so that it is easier to read.", "Find the bug:", "Is there a race condition in here?", "Write docs for this function",
              "Make this faster.", "port this to Python", "what's wrong here", "Please simplify the following.", "Warum funktioniert das nicht?",
              "Erkläre mir das bitte.", "Was macht dieser Code?", "Que fait ce code ?", "Peux-tu corriger ça ?", "¿Qué hace este código?",
              "Revisa esto por favor.", "Что делает этот код?", "Найди ошибку:", "这段代码是做什么的?", "帮我看看哪里错了", "このコードを説明してください。",
              "이 코드 설명해줘", "ما الذي يفعله هذا؟", "यह कोड क्या करता है?", "Đoạn mã này làm gì?", "Bu ne yapıyor?", ""],
    "dev": ["Could you walk me through the following?", "Here is what I have so far, is it idiomatic?", "tidy this up", "Where should I put the error handling?",
            "Kannst du das lesbarer machen?", "Explique-moi la boucle.", "¿Cómo lo pruebo?", "Как это ускорить?", "请给这段代码写注释", "", ""],
}
OF_LOGS = {
    "train": ["Why does this fail?", "what does this log say", "Help me find the cause.", "Is anything wrong in here?", "Summarise this:", "Was bedeutet das?",
              "Pourquoi cette erreur ?", "¿Qué significa este error?", "Почему падает?", "这个报错是什么意思", "エラーの原因は?", ""],
    "dev": ["We get this since the update.", "Can you tell which request was slow?", "Hvad betyder det?", "Что тут не так?", "帮忙分析一下", "", ""],
}
ANSWERED = {
    "train": ["Here is the code:\n\n", "Sure! You can do it like this:\n\n", "Here's an updated version with the fix applied.\n\n", "", "", "Hier ist der Code:\n\n",
              "Voici le code :\n\n", "Aquí tienes:\n\n", "Вот код:\n\n", "代码如下:\n\n", "以下のようになります。\n\n"],
    "dev": ["I would write it this way.\n\n", "The function below does that.\n\n", "So geht es:\n\n", "可以这样写:\n\n", ""],
}
REQUESTS = {
    "train": ["Write me a {0} module for that.", "How would this look in {0}?", "Show me the {0} source with comments.", "Give an example in {0}.", "{0} 写一个例子", "Bitte in {0}."],
    "dev": ["I need the {0} part now.", "Can we have the same in {0}?", "Continue the {0} file."],
}
WORDS = ("order invoice cache queue worker user session report cart image search index billing profile account export import stock price ledger "
         "album ticket route shift recipe sensor garden library museum course lesson weather parcel").split()
HOSTS = "web-1 web-2 api-3 db-main worker-7 cache-02 ip-10-0-3-17 node4 build-agent-11 edge-fra-2".split()
NAMES = "anna bob chen dmitri elif farid greta hana ivan jana kofi lena maria nils olga pavel quinn rosa sven tara".split()


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.time = datetime.datetime(2024, 3, 1)

    def pick(self, values):
        return self.random.choice(values)

    def word(self):
        return self.pick(WORDS)

    def number(self, most=9999):
        return int(self.random.paretovariate(0.5)) % most

    def hex(self, count):
        return "".join(self.pick("0123456789abcdef") for _ in range(count))

    def ip(self):
        return ".".join(str(self.random.randint(1, 254)) for _ in range(4))

    def now(self):
        self.time += datetime.timedelta(seconds=self.random.expovariate(0.3))
        return self.time

    def path(self):
        return "/" + "/".join(self.word() for _ in range(self.random.randint(1, 4))) + self.pick(["", "", f"/{self.number()}", ".html", "?page=" + str(self.number(90))])

    def level(self):
        return self.pick(["INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR"])

    def happening(self):
        return self.pick([
            f"{self.word()} {self.number()} saved in {self.number(900)} ms", f"retrying {self.word()} sync, attempt {self.number(6)}",
            f"connection to {self.pick(HOSTS)}:{self.pick([5432, 6379, 443, 9092])} refused", f"loaded {self.number()} {self.word()}s",
            f"user {self.pick(NAMES)} logged in from {self.ip()}", f"timeout after {self.number(60)}s waiting for {self.word()}",
            f"cache miss for key {self.word()}:{self.hex(8)}", f"scheduled job {self.word()}-{self.word()} finished", f"disk usage at {self.number(99)}%",
            f"failed login for {self.pick(NAMES)}: wrong password", f"killed process {self.number(32000)} ({self.word()}d), out of memory",
            f"dropping table tmp_{self.word()}_{self.hex(4)}", f"certificate for {self.word()}.example.org expires in {self.number(90)} days",
            f"GET {self.path()} {self.pick([200, 200, 204, 304, 404, 500])}"])

    def uuid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128)))

    def bytes(self, count):
        return bytes(self.random.getrandbits(8) for _ in range(count))

    # Logs. Formats that are trained on, then those that are not.
    def access(self):
        return f'{self.ip()} - {self.pick(["-", self.pick(NAMES)])} [{self.now():%d/%b/%Y:%H:%M:%S} +0000] "{self.pick(["GET", "POST", "PUT"])} {self.path()} HTTP/1.1" {self.pick([200, 200, 301, 404, 500])} {self.number(99999)} "-" "Mozilla/5.0 (X11; Linux x86_64)"'

    def syslog(self):
        return f"{self.now():%b %d %H:%M:%S} {self.pick(HOSTS)} {self.pick(['sshd', 'cron', 'systemd', 'kernel', 'dhclient', self.word() + 'd'])}[{self.number(32000)}]: {self.happening()}"

    def json_log(self):
        return json.dumps({"ts": f"{self.now():%Y-%m-%dT%H:%M:%S.%f}Z", "level": self.level().lower(), "logger": f"{self.word()}.{self.word()}", "msg": self.happening(), "trace_id": self.hex(32)})

    def log4j(self):
        return f"{self.now():%Y-%m-%d %H:%M:%S,123} {self.level():5} [{self.word()}-thread-{self.number(20)}] com.example.{self.word()}.{self.word().title()}Service - {self.happening()}"

    def java_trace(self):
        lines = [f"java.lang.{self.pick(['IllegalStateException', 'NullPointerException', 'IllegalArgumentException'])}: {self.happening()}"]
        lines += [f"\tat com.example.{self.word()}.{self.word().title()}{self.pick(['Controller', 'Dao', 'Mapper'])}.{self.pick(['get', 'find', 'save'])}{self.word().title()}({self.word().title()}.java:{self.number(900)})" for _ in range(self.random.randint(3, 14))]
        return "\n".join(lines)

    def python_trace(self):
        lines = ["Traceback (most recent call last):"]
        for _ in range(self.random.randint(1, 6)):
            lines += [f'  File "/srv/{self.word()}/{self.word()}.py", line {self.number(800)}, in {self.pick(["get", "load", "run"])}_{self.word()}', f"    {self.word()} = self.{self.word()}.get({self.word()}_id)"]
        return "\n".join(lines + [f"{self.pick(['KeyError', 'ValueError', 'TypeError', 'ConnectionError'])}: {self.happening()}"])

    def build(self):
        return self.pick([f"[{self.number(99)}%] Building CXX object src/CMakeFiles/{self.word()}.dir/{self.word()}.cc.o", f"npm WARN deprecated {self.word()}@{self.number(9)}.{self.number(20)}.{self.number(20)}: no longer maintained",
                          f"src/{self.word()}.c:{self.number(900)}:{self.number(80)}: warning: unused variable '{self.word()}' [-Wunused-variable]", f"   Compiling {self.word()}-{self.word()} v0.{self.number(20)}.{self.number(9)}",
                          f"{self.word().title()}.cs({self.number(300)},{self.number(60)}): error CS1061: '{self.word().title()}' does not contain a definition for '{self.word().title()}'", f"ok  \texample.org/{self.word()}/{self.word()}\t{self.number(20)}.{self.number(999)}s"])

    def listing(self):
        return f"{self.pick(['-rw-r--r--', 'drwxr-xr-x', '-rwxr-xr-x'])} {self.number(9)} {self.pick(NAMES)} users {self.number(999999):>8} {self.now():%b %d %H:%M} {self.word()}{self.pick(['.txt', '.log', '', '.tar.gz', '.conf'])}"

    def csv(self):
        return f"{self.number()},{self.pick(NAMES).title()},{self.word()},{self.number(500)}.{self.number(99):02},{self.now():%Y-%m-%d},{self.pick(['open', 'paid', 'late'])}"

    def metric(self):
        return f'{self.word()}_{self.pick(["requests_total", "duration_seconds_sum", "queue_length"])}{{method="{self.pick(["GET", "POST"])}",code="{self.pick([200, 404, 500])}",pod="{self.word()}-{self.hex(5)}"}} {self.number(99999)}'

    def kernel(self):
        return f"[{self.number(99999)}.{self.number(999999):06}] {self.pick(['usb 1-2: new high-speed USB device number', 'EXT4-fs (sda1): mounted filesystem with ordered data mode', 'eth0: link up', 'Out of memory: Killed process', 'pci 0000:00:1f.2: reg 0x10'])} {self.number(9999)}"

    def postgres(self):
        return f"{self.now():%Y-%m-%d %H:%M:%S.%f} UTC [{self.number(32000)}] {self.pick(['LOG', 'ERROR', 'STATEMENT', 'WARNING'])}:  {self.pick(['duration: %d.%d ms' % (self.number(9999), self.number(999)), 'SELECT * FROM %ss WHERE id = %d' % (self.word(), self.number()), 'duplicate key value violates unique constraint', 'checkpoint complete'])}"

    def kubernetes(self):
        return f"{self.number(59)}m  {self.pick(['Normal', 'Warning'])}  {self.pick(['Pulled', 'BackOff', 'Killing', 'Unhealthy', 'Scheduled'])}  pod/{self.word()}-{self.hex(9)}-{self.hex(5)}  {self.pick(['Stopping container', 'Readiness probe failed: HTTP probe failed with statuscode: 503', 'Successfully assigned', 'Back-off restarting failed container'])} {self.word()}"

    def dotnet_log(self):
        return f"{self.pick(['info', 'warn', 'fail'])}: Example.{self.word().title()}.{self.word().title()}Handler[{self.number(90)}]\n      {self.happening()}"

    def commit(self):
        return f"commit {self.hex(40)}\nAuthor: {self.pick(NAMES).title()} <{self.pick(NAMES)}@example.org>\nDate:   {self.now():%a %b %d %H:%M:%S %Y} +0100\n\n    {self.pick(['Fix', 'Add', 'Remove', 'Rework'])} {self.word()} {self.word()}\n"

    def logfmt(self):
        return f'time={self.now():%Y-%m-%dT%H:%M:%SZ} level={self.level().lower()} component={self.word()} msg="{self.happening()}" dur={self.number(999)}ms'

    # Encoded data.
    def base64_bytes(self):
        return base64.b64encode(self.bytes(self.random.randint(60, 1500))).decode()

    def base64_lines(self):
        return "\n".join(textwrap.wrap(self.base64_bytes(), 76))

    def image(self):
        return f"data:image/{self.pick(['png', 'jpeg', 'webp'])};base64," + self.pick(["iVBORw0KGgoAAAANSUhEUgAA", "/9j/4AAQSkZJRgABAQ", "UklGR"]) + self.base64_bytes()

    def hex_bytes(self):
        return self.hex(2 * self.random.randint(40, 600))

    def hashes(self):
        return "\n".join(f"{self.hex(64)}  {self.word()}-{self.number(9)}.{self.number(20)}.tar.gz" for _ in range(self.random.randint(3, 14)))

    def uuids(self):
        return "\n".join(self.uuid() for _ in range(self.random.randint(4, 25)))

    def certificate(self):
        return "-----BEGIN CERTIFICATE-----\n" + "\n".join(textwrap.wrap("MII" + self.base64_bytes(), 64)) + "\n-----END CERTIFICATE-----"

    def packed(self):
        text = " ".join(self.word() for _ in range(self.random.randint(100, 900))).encode()
        return base64.urlsafe_b64encode(zlib.compress(text)).decode()

    def dump(self):
        return "\n".join(f"{at:08x}: " + " ".join(self.hex(4) for _ in range(8)) + "  " + "".join(self.pick(string.ascii_letters + "......") for _ in range(16)) for at in range(0, 16 * self.random.randint(4, 30), 16))

    def bytes_list(self):
        return "[" + ", ".join(f"0x{self.hex(2)}" for _ in range(self.random.randint(40, 300))) + "]"

    # Configuration.
    def deployment(self):
        return f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {self.word()}\n  namespace: {self.word()}s\nspec:\n  replicas: {self.number(9)}\n  template:\n    spec:\n      containers:\n        - name: {self.word()}\n          image: registry.example.org/{self.word()}:{self.number(9)}.{self.number(30)}\n          ports:\n            - containerPort: {self.number(9000)}\n          env:\n            - name: {self.word().upper()}_URL\n              value: http://{self.word()}:{self.number(9000)}\n          resources:\n            limits: {{ cpu: {self.number(900)}m, memory: {self.number(900)}Mi }}\n"

    def compose(self):
        return "services:\n" + "".join(f"  {self.word()}:\n    image: {self.word()}:{self.number(20)}\n    restart: unless-stopped\n    environment:\n      - {self.word().upper()}_PORT={self.number(9000)}\n    volumes:\n      - ./{self.word()}:/var/lib/{self.word()}\n" for _ in range(self.random.randint(1, 4)))

    def environment(self):
        return "\n".join(f"{self.word().upper()}_{self.word().upper()}={self.pick([self.word(), str(self.number()), 'true', self.hex(20), 'http://' + self.pick(HOSTS)])}" for _ in range(self.random.randint(5, 20)))

    def dockerfile(self):
        return f"FROM {self.pick(['debian:12', 'node:20', 'python:3.12-slim'])}\nWORKDIR /srv/{self.word()}\nCOPY {self.word()} .\nRUN {self.pick(['apt-get update && apt-get install -y curl', 'npm ci --omit=dev', 'pip install -r requirements.txt'])}\nUSER {self.number(9999)}\nEXPOSE {self.number(9000)}\nCMD [\"./{self.word()}\", \"--port\", \"{self.number(9000)}\"]\n"

    def nginx(self):
        return f"server {{\n    listen 443 ssl;\n    server_name {self.word()}.example.org;\n    ssl_certificate /etc/ssl/{self.word()}.pem;\n    location /{self.word()}/ {{\n        proxy_pass http://{self.pick(HOSTS)}:{self.number(9000)};\n        proxy_set_header Host $host;\n        proxy_read_timeout {self.number(300)}s;\n    }}\n}}\n"

    def terraform(self):
        return f"resource \"aws_instance\" \"{self.word()}\" {{\n  ami           = \"ami-{self.hex(17)}\"\n  instance_type = \"t3.{self.pick(['micro', 'large'])}\"\n  subnet_id     = aws_subnet.{self.word()}.id\n  tags = {{\n    Name = \"{self.word()}-{self.word()}\"\n  }}\n}}\n"

    def unit(self):
        return f"[Unit]\nDescription={self.word().title()} {self.word()}\nAfter=network-online.target\n\n[Service]\nUser={self.pick(NAMES)}\nExecStart=/usr/bin/{self.word()}d --config /etc/{self.word()}.conf\nRestart=on-failure\nRestartSec={self.number(60)}\n\n[Install]\nWantedBy=multi-user.target\n"

    def workflow(self):
        return f"name: {self.word()}\non:\n  push:\n    branches: [main]\njobs:\n  {self.word()}:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: {self.pick(['npm ci', 'make test', 'dotnet test', 'cargo build --release'])}\n      - name: {self.word()}\n        run: ./scripts/{self.word()}.sh --{self.word()} {self.number(99)}\n"


# Format: split, and how many of it stand in a text.
LOGS = {"train": ["access", "syslog", "json_log", "log4j", "java_trace", "python_trace", "build", "listing", "csv", "metric"],
        "dev": ["kernel", "postgres", "kubernetes", "dotnet_log", "commit", "logfmt"]}
ENCODED = {"train": ["base64_bytes", "base64_lines", "image", "hex_bytes", "hashes", "uuids"], "dev": ["certificate", "packed", "dump", "bytes_list"]}
CONFIGURATION = {"train": ["deployment", "compose", "environment", "dockerfile", "nginx"], "dev": ["terraform", "unit", "workflow"]}
SINGLE = {"java_trace", "python_trace"}


def passage(maker, text):
    """Some lines of a file, from a line's beginning on, most of them from behind its licence."""
    lines = text.splitlines()
    want = int(maker.random.lognormvariate(6.6, 0.7))
    start = maker.random.randrange(max(1, len(lines) - 5)) if maker.random.random() < 0.85 else 0
    taken, size = [], 0
    for line in lines[start:]:
        if len(line) > 400:
            break
        taken.append(line)
        size += len(line) + 1
        if size > want:
            break
    return "\n".join(taken).strip("\n")


def files_of(patterns):
    return sorted({path for pattern in patterns for path in glob.glob(pattern, recursive=True) if os.path.isfile(path)})


def rows_of(maker, source, split, name, licence, texts):
    """A text as a prompt with a question beside it, or as what a model answers."""
    for number, text in enumerate(texts):
        row = {"id": f"{source}-{name}-{number}", "lang": "en", "categories": [], "severity": "benign", "source": source, "license": licence,
               "split": split, "permissive": True, "orig": name, "lq": "rule", "topic": name}
        fence = maker.random.random() < 0.6
        body = f"```{name if maker.random.random() < 0.7 else ''}\n{text}\n```" if fence else text
        if source != "border_logs" and maker.random.random() < 0.5:
            asked = maker.pick(REQUESTS[split]).format(name)
            yield {**row, "kind": "completion", "prompt": asked, "text": maker.pick(ANSWERED[split]) + body}
        else:
            question = maker.pick((OF_LOGS if source == "border_logs" else ASKED)[split])
            parts = [question, body] if maker.random.random() < 0.7 else [body, question]
            yield {**row, "kind": "prompt", "text": "\n\n".join(part for part in parts if part)}


def make(seed, per_language, per_format):
    maker = Maker(seed)
    for name, (split, licence, patterns) in CODE.items():
        files = files_of(patterns)
        if not files:
            raise SystemExit(f"No file of {name} is here; install: {PACKAGES}")
        texts, tries = [], 0
        while len(texts) < per_language and tries < 20 * per_language:
            tries += 1
            with open(maker.pick(files), encoding="utf-8", errors="ignore") as file:
                text = passage(maker, file.read())
            if len(text) >= 80:
                texts.append(text)
        yield from rows_of(maker, "border_code", split, name, licence, texts)
    for source, formats in (("border_logs", LOGS), ("border_encoded", ENCODED), ("border_configuration", CONFIGURATION)):
        for split, names in formats.items():
            for name in names:
                build = getattr(maker, name)
                repeat = source == "border_logs" and name not in SINGLE
                texts = ["\n".join(build() for _ in range(maker.random.randint(1, 25) if repeat else 1)) for _ in range(per_format)]
                yield from rows_of(maker, source, split, name, "made by training/border.py (Apache-2.0)", texts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="the file to write, .jsonl.gz")
    parser.add_argument("--per-language", type=int, default=200, help="rows of each programming language")
    parser.add_argument("--per-format", type=int, default=100, help="rows of each format of logs, encoded data and configuration")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    count = {}
    with gzip.open(arguments.out, "wt", encoding="utf-8") as file:
        for row in make(arguments.seed, arguments.per_language, arguments.per_format):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count[row["source"], row["split"]] = count.get((row["source"], row["split"]), 0) + 1
    for (source, split), rows in sorted(count.items()):
        print(f"{source:22} {split:6} {rows:5}")


if __name__ == "__main__":
    main()
