// Verifies a log folder with golang.org/x/mod/sumdb/{note,tlog}: code that is not ours.
// Checks the signed checkpoint, the root from the tiles, every entry against its authenticated leaf hash,
// inclusion proofs of sampled entries and consistency with every older checkpoint.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, args ...any) {
	fmt.Printf("FAIL "+format+"\n", args...)
	os.Exit(1)
}

func readCheckpoint(path string, verifier note.Verifier) tlog.Tree {
	bytes, err := os.ReadFile(path)
	if err != nil {
		fail("%v", err)
	}
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	if err != nil {
		fail("%s: %v", path, err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		fail("%s: not a checkpoint of %s", path, verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("%s: %v", path, err)
	}
	hash, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("%s: %v", path, err)
	}
	return tlog.Tree{N: size, Hash: hash}
}

// folder reads tiles of c2sp.org/tlog-tiles, whose paths lack the height element of the sumdb.
type folder struct{ path string }

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(f.path, filepath.FromSlash(path)))
		if os.IsNotExist(err) && tile.W < 256 {
			full := tile
			full.W = 256
			path = strings.Replace(full.Path(), "tile/8/", "tile/", 1)
			bytes, err = os.ReadFile(filepath.Join(f.path, filepath.FromSlash(path)))
			if err == nil && len(bytes) >= tile.W*32 {
				bytes = bytes[:tile.W*32]
			}
		}
		if err != nil {
			return nil, err
		}
		data[i] = bytes
	}
	return data, nil
}

func bundlePath(index, width int64) string {
	tile := tlog.Tile{H: 8, L: 0, N: index, W: 256}
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	if width < 256 {
		return fmt.Sprintf("%s.p/%d", path, width)
	}
	return path
}

func main() {
	dir := flag.String("dir", "", "folder of the log")
	vkey := flag.String("vkey", "", "verifier key")
	flag.Parse()
	verifier, err := note.NewVerifier(*vkey)
	if err != nil {
		fail("vkey: %v", err)
	}
	tree := readCheckpoint(filepath.Join(*dir, "checkpoint"), verifier)
	reader := tlog.TileHashReader(tree, folder{*dir})
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil || root != tree.Hash {
		fail("root: %v", err)
	}
	checkEntries(*dir, tree, reader)
	proofs := checkProofs(tree, reader)
	older := checkOlder(*dir, tree, reader, verifier)
	fmt.Printf("OK size %d, %d inclusion proofs, %d older checkpoints\n", tree.N, proofs, older)
}

func checkEntries(dir string, tree tlog.Tree, reader tlog.HashReader) {
	for start := int64(0); start < tree.N; start += 256 {
		width := min(256, tree.N-start)
		bytes, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(bundlePath(start/256, width))))
		if err != nil {
			fail("%v", err)
		}
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, start+int64(i))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			fail("hashes from %d: %v", start, err)
		}
		for i := range hashes {
			if len(bytes) < 2 || len(bytes) < 2+int(binary.BigEndian.Uint16(bytes)) {
				fail("entry %d is cut", start+int64(i))
			}
			end := 2 + int(binary.BigEndian.Uint16(bytes))
			if tlog.RecordHash(bytes[2:end]) != hashes[i] {
				fail("entry %d hash", start+int64(i))
			}
			bytes = bytes[end:]
		}
		if len(bytes) != 0 {
			fail("bundle %d has trailing bytes", start/256)
		}
	}
}

func checkProofs(tree tlog.Tree, reader tlog.HashReader) int {
	count := 0
	for index := int64(0); index < tree.N; index += max(1, tree.N/16) {
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			fail("hash %d: %v", index, err)
		}
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			fail("proof %d: %v", index, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, hashes[0]); err != nil {
			fail("proof %d: %v", index, err)
		}
		count++
	}
	return count
}

func checkOlder(dir string, tree tlog.Tree, reader tlog.HashReader, verifier note.Verifier) int {
	paths, _ := filepath.Glob(filepath.Join(dir, "checkpoint.d", "*"))
	for _, path := range paths {
		older := readCheckpoint(path, verifier)
		if older.N > tree.N {
			fail("%s is newer than the log", path)
		}
		proof, err := tlog.ProveTree(tree.N, older.N, reader)
		if err != nil {
			fail("%s: %v", path, err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash); err != nil {
			fail("%s: %v", path, err)
		}
	}
	return len(paths)
}
