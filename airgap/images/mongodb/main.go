// Command mongod is the stand-in for MongoDB where the official image cannot be
// had: FerretDB's embeddable server on SQLite, started by the same flags that the
// real mongod takes, so that a deployment need not know which of the two it runs.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// serverVersion names the stand-in; it changes with the version in go.mod.
const serverVersion = "FerretDB v1.24.0 on SQLite (stand-in for MongoDB: no change streams, no transactions, no GridFS)"

func main() {
	opts, err := parseOptions(os.Args[1:])
	if err != nil {
		log.Fatalf("mongod (stand-in): %v", err)
	}
	if opts.version {
		fmt.Println(serverVersion)
		return
	}
	if err := serve(opts); err != nil {
		log.Fatalf("mongod (stand-in): %v", err)
	}
}

// serve runs the server until SIGTERM or SIGINT and closes the databases then.
func serve(opts options) error {
	if info, err := os.Stat(opts.dbpath); err != nil || !info.IsDir() {
		return fmt.Errorf("--dbpath must be an existing folder, got %q", opts.dbpath)
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  opts.listener(),
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + opts.dbpath + "/",
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return server.Run(ctx)
}
