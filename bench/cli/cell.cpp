// `breakeven cell`: one sample, as the schedule asks for it. docs/format.md defines request and record.
#include "bench/cell/cell.h"

#include <iostream>
#include <iterator>
#include <memory>

#include "bench/cli/commands.h"

namespace breakeven {

int take_sample(const std::string& request) {
  std::string text = request;
  if (request == "-") text.assign(std::istreambuf_iterator<char>(std::cin), {});
  const Record record = measure_sample(request_from_json(parse_json(text, "request")));
  std::cout << record_line(record) << std::endl;
  return record.ok() ? kExitOk : kExitSampleFailed;
}

Subcommand add_cell(CLI::App& app) {
  auto request = std::make_shared<std::string>();
  auto* command =
      app.add_subcommand("cell",
                         "Take one sample: read a request (JSON, protocol 1), measure that one case in\n"
                         "this process, and print the record as a line that starts with\n"
                         "{\"breakeven_sample\":. `breakeven run` calls this; docs/format.md defines it, so\n"
                         "that other programs can be called in its place.");
  command->add_option("request", *request, "the request itself, or - to read it from standard input")
      ->required();
  return {command, [request] { return take_sample(*request); }};
}

}  // namespace breakeven
