// Package sdk makes a cell in Go, of which the author writes how a pool is opened, called and closed:
//
//	sdk.Cell(map[string]sdk.Maker{"my_pool": newMyPool, "my_serial": sdk.NewSerial})
//
// The request, the payload, the timing, the digest and the record are done here, by the rules of docs/format.md and
// docs/payload.md.
package sdk

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"time"
)

// Task makes a task's output of its input; any goroutine may call it.
type Task func(input []byte) []byte

// Pool is one way to run tasks. All calls come from one goroutine.
type Pool interface {
	Open() error
	Run(inputs [][]byte) ([][]byte, error) // the outputs, in the order of the inputs
	Close() error                          // leaves no goroutine behind
}

// Maker makes the pool of a request, which is opened later.
type Maker func(request *Request) Pool

// Shape is the job: docs/format.md.
type Shape struct {
	Workload    string  `json:"workload"`
	Tasks       int     `json:"tasks"`
	InBytes     int     `json:"in_bytes"`
	OutBytes    int     `json:"out_bytes"`
	Cost        int64   `json:"cost"`
	Skew        float64 `json:"skew"`
	SharedBytes int64   `json:"shared_bytes"`
	seed        uint64
	extra       float64
}

// Request says what to measure. Chunk 0: the pool's own choice.
type Request struct {
	Backend    string
	Options    map[string]string
	Shape      Shape
	Workers    int
	Dispatch   string
	Chunk      int
	Cold       bool
	Task       Task
	iterations int
	batch      int
	minTime    float64
	minimum    int
	rules      map[string]float64
}

// Serial is the plain loop: what the pools of a cell are compared with.
type Serial struct{ task Task }

// NewSerial is its Maker.
func NewSerial(request *Request) Pool { return &Serial{request.Task} }

// Open does nothing.
func (s *Serial) Open() error { return nil }

// Close does nothing.
func (s *Serial) Close() error { return nil }

// Run runs one task after the other.
func (s *Serial) Run(inputs [][]byte) ([][]byte, error) {
	outputs := make([][]byte, len(inputs))
	for i, input := range inputs {
		outputs[i] = s.task(input)
	}
	return outputs, nil
}

// Cell measures what the request on the command line asks for, and ends the process.
func Cell(pools map[string]Maker) {
	request, err := parsed(os.Args[len(os.Args)-1])
	if err == nil && pools[request.Backend] == nil {
		var names []string
		for name := range pools {
			names = append(names, name)
		}
		sort.Strings(names)
		err = fmt.Errorf("this cell has no backend %s; it has %s", request.Backend, strings.Join(names, ", "))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cell:", err)
		os.Exit(2)
	}
	runtime.GOMAXPROCS(request.Workers + 1) // one more for the collector and the caller, which only waits
	record, err := guarded(request, pools[request.Backend])
	if err != nil {
		say(map[string]any{"failure_kind": "error", "reason": err.Error(), "losses": []int{}})
		os.Exit(1)
	}
	say(record)
	os.Exit(0)
}

func guarded(request *Request, maker Maker) (record map[string]any, err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = fmt.Errorf("%v", failure)
		}
	}()
	return measured(request, maker)
}

func say(sample map[string]any) {
	sample["protocol"] = 1
	text, _ := json.Marshal(map[string]any{"breakeven_sample": sample})
	os.Stdout.Write(append(text, '\n'))
}

// --- numbers

const (
	golden   = 0x9E3779B97F4A7C15
	page     = 4096
	block    = 65536
	header   = 8
	unitBits = 40
	// MostBytes is what a result may have: more is refused before it is asked for.
	mostBytes = 1 << 34
)

var table = func() (t [256]byte) {
	for b := range t {
		t[b] = (byte(b) ^ 0xA5) + 0x3B
	}
	return
}()

func hash(state uint64) uint64 { // the first result of splitmix64 from there
	z := state + golden
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func chain(state uint64, steps int64) uint64 {
	for i := int64(0); i < steps; i++ {
		state = 6364136223846793005*state + 1442695040888963407
	}
	return state
}

func (s *Shape) again(work int64) int64 { // how much of it is done once more
	return int64(float64(work)*s.extra + 0.5)
}

func (s *Shape) slice() int64 { // of the shared input, a task
	tasks := int64(s.Tasks)
	if tasks == 0 {
		tasks = 1
	}
	return ((s.SharedBytes+tasks-1)/tasks + 63) / 64 * 64
}

func least(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

// --- inputs

func blockOf(seed uint64) []byte {
	bytes := make([]byte, block)
	for i := uint64(0); i < block/8; i++ {
		binary.LittleEndian.PutUint64(bytes[8*i:], hash(seed+i*golden))
	}
	return bytes
}

func fill(data, from []byte, seed, task uint64) {
	for at := 0; at < len(data); at += block {
		copy(data[at:], from)
	}
	var stamp [16]byte
	for at := 0; at < len(data); at += page {
		binary.LittleEndian.PutUint64(stamp[:], task)
		binary.LittleEndian.PutUint32(stamp[8:], uint32(seed))
		binary.LittleEndian.PutUint32(stamp[12:], uint32(at/page))
		copy(data[at:], stamp[:])
	}
}

func sharedInput(s *Shape) []byte { // that all tasks read a slice of
	slice := s.slice()
	if slice == 0 {
		return nil
	}
	data := make([]byte, (s.SharedBytes+slice-1)/slice*slice)
	fill(data, blockOf(s.seed), s.seed, math.MaxUint64)
	return data
}

func headerOf(s *Shape, task int) uint64 {
	if s.Workload == "factorize" {
		return 999999999999 + 2*uint64(task)
	}
	units := s.Cost
	if s.Cost > 0 && s.Skew > 0 {
		u := float64(hash(uint64(task))>>11+1) / (1 << 53)
		units = int64(float64(s.Cost)*(s.Skew+1)*math.Pow(u, s.Skew) + 0.5)
		if units < 1 {
			units = 1
		}
	}
	slices := int64(1)
	if slice := s.slice(); slice > 0 {
		slices = least((s.SharedBytes+slice-1)/slice, 1<<24)
	}
	return uint64(units) | uint64(int64(task)%slices)<<unitBits
}

func inputsOf(s *Shape) [][]byte {
	from, all := blockOf(s.seed), make([][]byte, s.Tasks)
	for task := range all {
		all[task] = make([]byte, header+s.InBytes)
		binary.LittleEndian.PutUint64(all[task], headerOf(s, task))
		fill(all[task][header:], from, s.seed, uint64(task))
	}
	return all
}

// --- the task

func transform(source, out []byte) {
	read := 0
	for at := range out {
		out[at] = table[source[read]]
		if read++; read == len(source) {
			read = 0
		}
	}
}

func carry(s *Shape, data, out []byte) uint32 { // the output's payload; returns the tail CRC
	source := data[header:]
	if s.InBytes == 0 {
		source = data
	}
	for left := s.again(int64(len(out))); left > 0; left -= int64(len(out)) {
		transform(source, out[:least(left, int64(len(out)))])
	}
	transform(source, out)
	if s.InBytes <= s.OutBytes {
		return 0
	}
	tail := data[header+s.OutBytes:]
	for left := s.again(int64(len(tail))); left > 0; left -= int64(len(tail)) {
		crc32.ChecksumIEEE(tail[:least(left, int64(len(tail)))])
	}
	return crc32.ChecksumIEEE(tail)
}

var kept = make(chan uint64, 1) // what extra work gives goes there, so that nobody leaves it out

func keep(value uint64) {
	select {
	case kept <- value:
	default:
	}
}

func factorize(s *Shape) Task {
	return func(data []byte) []byte {
		number := binary.LittleEndian.Uint64(data)
		left, divisions := number, uint64(0)
		var factors []uint64
		for p := uint64(2); p*p <= left; p++ {
			for divisions++; left%p == 0; divisions++ {
				factors = append(factors, p)
				left /= p
			}
			if p > 2 {
				p++
			}
		}
		if left > 1 {
			factors = append(factors, left)
		}
		if more := uint64(s.again(int64(divisions))); more > 0 {
			sum := uint64(0)
			for at := uint64(0); at < more; at++ {
				sum += number % (3 + 2*(at*divisions/more))
			}
			keep(sum)
		}
		out := make([]byte, 8+8*len(factors)+s.OutBytes)
		binary.LittleEndian.PutUint32(out, carry(s, data, out[8+8*len(factors):]))
		binary.LittleEndian.PutUint32(out[4:], uint32(len(factors)))
		for i, factor := range factors {
			binary.LittleEndian.PutUint64(out[8+8*i:], factor)
		}
		return out
	}
}

func compute(s *Shape) Task {
	shared, slice := sharedInput(s), s.slice()
	return func(data []byte) []byte {
		head := binary.LittleEndian.Uint64(data)
		steps := int64(head & (1<<unitBits - 1))
		state := chain(head^golden, steps)
		if s.extra > 0 {
			keep(chain(state, s.again(steps)))
		}
		out := make([]byte, 16+s.OutBytes)
		if slice > 0 {
			read := shared[int64(head>>unitBits)*slice:][:slice]
			for left := s.again(slice); left > 0; left -= slice {
				keep(uint64(crc32.ChecksumIEEE(read[:least(left, slice)])))
			}
			binary.LittleEndian.PutUint32(out[4:], crc32.ChecksumIEEE(read))
		}
		binary.LittleEndian.PutUint32(out, carry(s, data, out[16:]))
		binary.LittleEndian.PutUint64(out[8:], state)
		return out
	}
}

// --- the request

func parsed(word string) (*Request, error) {
	if word == "-" {
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			return nil, err
		}
		word = string(text)
	}
	var read struct {
		Protocol int `json:"protocol"`
		Case     *struct {
			Shape
			Tasks    *int            `json:"tasks"`
			Backend  string          `json:"backend"`
			Workers  int             `json:"workers"`
			Dispatch string          `json:"dispatch"`
			Chunk    json.RawMessage `json:"chunk"`
			Pool     string          `json:"pool"`
		} `json:"case"`
		Options    map[string]string  `json:"options"`
		Seed       uint64             `json:"seed"`
		Extra      float64            `json:"extra"`
		Iterations int                `json:"iterations"`
		Batch      int                `json:"batch"`
		MinTime    float64            `json:"min_time_s"`
		Minimum    int                `json:"min_iterations"`
		Sampling   map[string]float64 `json:"sampling"`
	}
	read.MinTime = 0.03
	if err := json.Unmarshal([]byte(word), &read); err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	if read.Protocol != 1 {
		return nil, fmt.Errorf("request.protocol: this cell speaks 1, the request is %d", read.Protocol)
	}
	if read.Case == nil || read.Case.Tasks == nil {
		return nil, fmt.Errorf("request.case: is missing, or its tasks are")
	}
	c := read.Case
	request := &Request{
		Backend: strings.Split(c.Backend, ",")[0], Options: read.Options, Shape: c.Shape, Workers: c.Workers,
		Dispatch: c.Dispatch, Cold: c.Pool == "cold", iterations: read.Iterations, batch: read.Batch,
		minTime: read.MinTime, minimum: read.Minimum,
		rules: map[string]float64{"max_iterations": 64, "min_iteration_s": 50e-6, "settle_s": 0.005, "long_s": 0.2},
	}
	for name, value := range read.Sampling {
		request.rules[name] = value
	}
	shape := &request.Shape
	shape.Tasks, shape.seed, shape.extra = *c.Tasks, read.Seed, read.Extra
	if string(c.Chunk) != `"default"` && len(c.Chunk) > 0 {
		if err := json.Unmarshal(c.Chunk, &request.Chunk); err != nil {
			return nil, fmt.Errorf("request.case.chunk: %w", err)
		}
	}
	switch shape.Workload {
	case "factorize":
		request.Task = factorize(shape)
	case "compute":
		request.Task = compute(shape)
	default:
		return nil, fmt.Errorf("request.case.workload: this cell has compute and factorize, not %q", shape.Workload)
	}
	return request, nil
}

// --- the sample

func cpuNs() int64 { // of the whole process
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return used.Utime.Nano() + used.Stime.Nano()
}

func measured(request *Request, maker Maker) (map[string]any, error) {
	if int64(request.Shape.OutBytes)*int64(request.Shape.Tasks) > mostBytes {
		return nil, fmt.Errorf("want of memory for results of %d bytes", request.Shape.OutBytes)
	}
	inputs := inputsOf(&request.Shape)
	var outputs [][]byte
	var failed error
	begin := time.Now()
	pool := maker(request)
	if !request.Cold {
		failed = pool.Open()
	}
	startup := time.Since(begin).Seconds()
	runBatch := func(runs int) float64 { // back to back; seconds
		start := time.Now()
		for run := 0; run < runs && failed == nil; run++ {
			if request.Cold {
				pool = maker(request)
				failed = pool.Open()
			}
			if failed == nil {
				outputs, failed = pool.Run(inputs)
			}
			if request.Cold && failed == nil {
				failed = pool.Close()
			}
		}
		return time.Since(start).Seconds()
	}
	warm, iterations, batch, rules := time.Now(), request.iterations, request.batch, request.rules
	if batch == 0 {
		batch = 1
		took := runBatch(batch)
		for took < rules["min_iteration_s"] && failed == nil {
			if batch *= 2; took < rules["min_iteration_s"]/4 {
				batch *= 2
			}
			took = runBatch(batch)
		}
		spent, enough := took, took >= rules["long_s"]
		for (spent < rules["settle_s"] || !enough) && failed == nil {
			next := runBatch(batch)
			spent, took, enough = spent+next, math.Min(took, next), true
		}
		wanted := int(math.Ceil(request.minTime / took))
		most := int(rules["max_iterations"])
		if wanted > most {
			batch *= (wanted + most - 1) / most
			wanted = most
		}
		iterations = int(math.Max(1, math.Max(float64(wanted), float64(request.minimum))))
	} else {
		for runBatch(batch); !request.Cold && failed == nil && time.Since(warm).Seconds() < rules["settle_s"]; {
			runBatch(batch)
		}
	}
	warmup, before, timed := time.Since(warm).Seconds(), cpuNs(), 0.0
	var times []float64
	for i := 0; i < iterations && failed == nil; i++ {
		took := runBatch(batch)
		timed += took
		times = append(times, took*1e9/float64(batch))
	}
	used, runs := cpuNs()-before, float64(iterations*batch)
	if !request.Cold && failed == nil {
		failed = pool.Close()
	}
	if failed != nil {
		return nil, failed
	}
	digest := crc32.NewIEEE()
	for _, output := range outputs {
		digest.Write(output)
	}
	return map[string]any{
		"iterations": iterations, "batch": batch, "iteration_ns": times, "real_time_ns": timed * 1e9 / runs,
		"cpu_time_ns": float64(used) / runs, "timed_s": timed, "warmup_s": warmup, "startup_s": startup,
		"bytes_moved": 0, "losses": []int{}, "digest": fmt.Sprintf("%08x", digest.Sum32()),
		"facts": map[string]string{"go": runtime.Version()}, "covariates": map[string]int{},
	}, nil
}
