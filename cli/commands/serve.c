/* SPDX-License-Identifier: MIT */
/* serve.c - `rnnrepair serve`: the page of a run, live, and the answers of the other commands, to
 * programs of this machine that have the token. */
#include "kit/inputs.h"
#include "serve/server.h"

#include <poll.h>
#include <string.h>

typedef struct args {
    cli_common common;
    const char *dir, *with;
    const char *data, *vectors;
    size_t port;
    rr_page_config page;
    int alone, no_triggers;
} args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory" },
    { "RUN2", offsetof(args, with), 1,
      "a second run on the same data, to compare with; by default the run that RUN was retrained "
      "from, if it is still there" },
};

static const cli_opt opts[] = {
    OPT_SIZE(args, port, "port", 0, 65535, "port to listen on; 0 = a free one"),
    OPT_ALONE(args, alone),
    OPT_AUDITED(args, page.audit),
    OPT_NO_TRIGGERS(args, no_triggers),
    OPT_DATA(args, data),
    OPT_VECTORS(args, vectors),
    OPT_SEED_UNUSED(args),
};

static void defaults(void *p)
{
    args *a = p;
    a->port = SERVE_DEFAULT_PORT;
    a->page = rr_page_config_default();
    a->page.most = 0;  /* there is no file: */
    a->page.level = 1; /* nothing need be small */
}

/* All that is served. */
typedef struct service {
    serve_site site;
    serve_content content;
    serve_sockets sockets;
    rr_session *runs[2];
    rr_page *page;
    char *html;
    serve_server *server;
} service;

/* ---- what is served ------------------------------------------------------------------------- */

/* The last name of a path, without a '/' at its end. */
static const char *name_of(const char *dir)
{
    const char *name = dir;

    for (const char *p = dir; *p != '\0'; p++)
        if (p[0] == '/' && p[1] != '/' && p[1] != '\0')
            name = p + 1;
    return name;
}

static rr_status gather(args *a, service *s, rr_error *err)
{
    const cli_beside beside = { a->with, a->alone, a->data, a->vectors };
    serve_content *c = &s->content;
    rr_status st = RR_OK;

    RRI_TRY(cli_open(&a->common, a->dir, a->data, a->vectors, &s->runs[0], err));
    RRI_TRY(cli_open_beside(&a->common, s->runs[0], &beside, &s->runs[1], err));
    for (size_t i = 0; i < 2 && s->runs[i] != NULL; i++) {
        c->runs[i] = s->runs[i];
        c->names[i] = name_of(rr_run_dir(rr_session_run(s->runs[i])));
    }
    a->page.with = s->runs[1];
    a->page.triggers = !a->no_triggers;
    RRI_TRY(rr_page_new(s->runs[0], &a->page, &s->page, err));
    RRI_TRY(rr_page_html(&s->html, &c->html_bytes, err));
    RRI_TRY(serve_policy(s->html, c->html_bytes, c->policy, err));
    c->watch = &a->common.watch;
    c->page = s->page;
    c->html = s->html;

done:
    return st;
}

/* ---- the command ---------------------------------------------------------------------------- */

/* The address that lets its reader in, on stdout at once. */
static rr_status print_address(const args *a, const service *s, const cli_common *said,
                               cli_result *r, rr_error *err)
{
    const rr_session *with = s->runs[1];
    char address[96];
    rr_status st = RR_OK;

    (void)rri_snprintf(address, sizeof address, "http://127.0.0.1:%u/?token=%s", s->site.port,
                       s->site.token);
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "with", cli_json_text(with != NULL ? rr_run_dir(rr_session_run(with)) : NULL));
    cli_put(r, "address", cli_json_text(address));
    cli_put(r, "port", cli_json_size(s->site.port));
    cli_put(r, "token", cli_json_text(s->site.token));
    cli_print(r, "%s\n", address);
    RRI_TRY(cli_result_end(r, err));
    if (fflush(stdout) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "cannot print the address"));
    cli_say(said, "serving %s on this machine alone; Ctrl-C ends it", a->dir);

done:
    return st;
}

static void wait_for_interruption(serve_server *server)
{
    while (!cli_interrupted()) {
        (void)poll(NULL, 0, 1000); /* a signal ends it */
        serve_drop_slow(server);
    }
}

static int run_serve(void *p)
{
    args *a = p;
    rr_error err = { RR_OK, -1, "" };
    cli_result r = cli_result_begin(&a->common, 0);
    service s = { .sockets = { .of = { -1, -1 } } };
    rr_status st = RR_OK;

    RRI_TRY(serve_supported(&err));
    RRI_TRY(serve_listen((unsigned)a->port, &s.sockets, &err)); /* before the long work */
    s.site.port = s.sockets.port;
    RRI_TRY(serve_token_new(s.site.token, &err));
    RRI_TRY(gather(a, &s, &err));
    const cli_common said = a->common;
    a->common.quiet = 1; /* requests report to their clients */
    RRI_TRY(serve_start(&s.site, &s.content, &s.sockets, &s.server, &err));
    RRI_TRY(print_address(a, &s, &said, &r, &err));
    wait_for_interruption(s.server);

done:
    serve_stop(s.server);
    serve_sockets_close(&s.sockets);
    rr_string_free(s.html);
    rr_page_free(s.page);
    rr_session_close(s.runs[1]);
    rr_session_close(s.runs[0]);
    cli_result_free(&r);
    return cli_finish(&a->common, st, &err);
}

const cli_command cli_command_serve = {
    .name = "serve",
    .summary = "show a run as a page in the browser, live, on this machine",
    .about =
        "Gathers what the page shows, then prints an address to open in a browser: the page of\n"
        "rnnrepair report, where a typed or edited sentence, a drawn or uploaded input is traced\n"
        "on the spot; with a second run it compares the two. Nothing is written. Ctrl-C ends\n"
        "it, with status 0.\n"
        "\n"
        "The server listens on 127.0.0.1 and ::1 alone, and answers whoever has the token in the\n"
        "address: a browser gets a cookie for it, a script sends Authorization: Bearer TOKEN. "
        "What\n"
        "the commands print is there as JSON and CSV: /api/explain.json?split=test&sample=3 is\n"
        "rnnrepair explain RUN --split test --sample 3 --json; /api/ lists all, and docs/SERVE.md\n"
        "describes them. No file is served by its path.\n",
    .members = "run, with (the second run, or null), address, port, token; the server runs on\n",
    .examples = "rnnrepair serve run\n"
                "rnnrepair serve run repaired --port 0 --json\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .run = run_serve,
};
